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
  readonly patch: string
}

/** The patches under a heading of the page, file by file. */
function changesUnder(heading: string): Change[] {
  const section = page.split(`\n### ${heading}\n`)[1].split(/\n##+ /)[0]
  return [...section.matchAll(/^```diff\n([\s\S]+?)^```/gm)]
    .flatMap(([, block]) => block.split(/^(?=--- a\/)/m))
    .map((patch) => ({ path: /^\+\+\+ b\/(.+)$/m.exec(patch)![1], patch }))
}

const isSource = ({ path }: Change) => /^packages\/[\w-]+\/src\//.test(path)

const [op, language] = ["An elementwise op", "A language"].map(changesUnder)

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

async function apply(changes: readonly Change[]): Promise<void> {
  const file = join(copy, "change.patch")
  for (const { path, patch } of changes) {
    writeFileSync(file, patch)
    const { well, output } = await probe("git", ["apply", "--recount", file], { folder: copy })
    expect(well, `CONTRIBUTING.md does not fit ${path}: ${output}`).toBe(true)
  }
}

beforeAll(async () => {
  copySources()
  await apply(op)
  const [small, rounding] = ["small-backend", "rounding-backend"].map((name) =>
    join(copy, "examples", name),
  )
  cpSync(small, rounding, { recursive: true })
  await apply(language)
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
    expect(op.filter(isSource)).toHaveLength(3)
    const ours = ["core/test/samples", "core/test/conformance", "core/test/backend-page"]
    const backends = ["backend-cpu/test/conformance", "backend-webgpu/test/device/conformance"]
    const files = [...ours, ...backends].map((file) => `packages/${file}.test.ts`)
    expect(
      await passed("softplus|stands there once", ...files, "examples/small-backend"),
    ).toBeGreaterThan(20)
  })

  test("a language is a folder", async () => {
    const folders = new Set(language.map(({ path }) => dirname(path)))
    expect([...folders]).toEqual(["examples/rounding-backend"])
    expect(await passed("rounding", "examples/rounding-backend")).toBeGreaterThan(300)
  })
})
