import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { probe, root } from "./programs.mjs"

const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8")

interface Change {
  readonly path: string
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** The patch under a heading of the page, and what it does to each file. */
function patchUnder(heading: string): { text: string; changes: Change[] } {
  const section = page.split(`\n### ${heading}\n`)[1].split(/\n##+ /)[0]
  const text = [...section.matchAll(/^```diff\n([\s\S]+?)^```/gm)].map(([, diff]) => diff).join("")
  const changes = text
    .split(/^--- .+\n/m)
    .slice(1)
    .map((diff) => {
      const [head, ...lines] = diff.split("\n")
      const starting = (sign: string) => lines.filter((line) => line.startsWith(sign))
      return { path: head.slice("+++ b/".length), added: starting("+"), removed: starting("-") }
    })
  return { text, changes }
}

const isSource = ({ path }: Change) => /^packages\/[\w-]+\/src\//.test(path)

const [op, language] = ["An elementwise op", "A language"].map(patchUnder)

const copy = mkdtempSync(join(tmpdir(), "tubelet-contributing-"))
afterAll(() => rmSync(copy, { recursive: true }))

const left = new Set([".git", ".cache", ".turbo", "dist", "docs", "node_modules", "out"])

/** The repository without what is installed or built; dependencies are the original's. */
function copySources(): void {
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(basename(path)) })
  cpSync(join(root, "docs", "guide"), join(copy, "docs", "guide"), { recursive: true })
  const folders = ["packages", "examples"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  )
  for (const folder of [".", ...folders]) link(join(folder, "node_modules"))
}

function link(path: string): void {
  try {
    readdirSync(join(root, path))
  } catch {
    return // a folder without dependencies
  }
  symlinkSync(join(root, path), join(copy, path), "junction")
}

async function apply(patch: string): Promise<void> {
  const file = join(copy, "change.patch")
  writeFileSync(file, patch)
  const { well, output } = await probe("git", ["apply", file], { folder: copy })
  expect(well, output).toBe(true)
}

beforeAll(async () => {
  copySources()
  await apply(op.text)
  cpSync(join(copy, "examples", "small-backend"), join(copy, "examples", "rounding-backend"), {
    recursive: true,
  })
  await apply(language.text)
})

/** Runs the tests of these files in the copy, and gives how many passed. */
async function passed(name: string, ...files: string[]): Promise<number> {
  const report = join(copy, "report.json")
  const reporters = ["--reporter", "default", "--reporter", "json", "--outputFile.json", report]
  const args = ["run", "--project", "node", ...reporters]
  const { well, output } = await probe("vitest", [...args, "-t", name, ...files], { folder: copy })
  expect(well, output).toBe(true)
  return JSON.parse(readFileSync(report, "utf8")).numPassedTests
}

describe("the examples of CONTRIBUTING.md, in a copy of the repository", () => {
  test("an elementwise op is a change of three sources", async () => {
    expect(op.changes.filter(isSource)).toHaveLength(3)
    const ours = ["core/test/samples", "core/test/conformance", "core/test/backend-page"]
    const backends = ["backend-cpu/test/conformance", "backend-webgpu/test/device/conformance"]
    const files = [...ours, ...backends].map((file) => `packages/${file}.test.ts`)
    expect(await passed("softplus", ...files, "examples/small-backend")).toBeGreaterThan(20)
  })

  test("a language is a folder", async () => {
    const folders = new Set(language.changes.map(({ path }) => dirname(path)))
    expect([...folders]).toEqual(["examples/rounding-backend"])
    expect(await passed("rounding", "examples/rounding-backend")).toBeGreaterThan(300)
  })
})
