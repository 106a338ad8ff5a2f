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

const under = (heading: string) => page.split(`\n### ${heading}\n`)[1].split(/\n##+ /)[0]

/** The patches under a heading of the page, file by file. */
function changesUnder(heading: string): Change[] {
  return [...under(heading).matchAll(/^```diff\n([\s\S]+?)^```/gm)]
    .flatMap(([, block]) => block.split(/^(?=--- a\/)/m))
    .map((patch) => ({ path: /^\+\+\+ b\/(.+)$/m.exec(patch)![1], patch }))
}

/** The whole files under a heading of the page: each has its path before it. */
const filesUnder = (heading: string): { path: string; code: string }[] =>
  [...under(heading).matchAll(/`([\w./-]+)`:\n\n```ts\n([\s\S]+?)^```/gm)].map(
    ([, path, code]) => ({ path, code }),
  )

const isSource = ({ path }: { path: string }) => /^packages\/[\w-]+\/src\//.test(path)

const [op, language, row] = ["An elementwise op", "A target language", "A hyperparameter"].map(
  changesUnder,
)
const [task, proofOfRow] = ["A task", "A hyperparameter"].map(filesUnder)

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

/** The tests that prove the examples, by parts of their names. */
const proofs = {
  op: [
    ...["core/test/samples", "core/test/conformance", "core/test/backend-page"],
    ...["backend-cpu/test/conformance", "backend-webgpu/test/device/conformance"],
  ].map((file) => `packages/${file}.test.ts`),
  language: ["examples/rounding-backend/conformance.test.ts"],
  task: task.filter((file) => !isSource(file)).map(({ path }) => path),
  row: [...proofOfRow.map(({ path }) => path), "packages/train/test/recipe.test.ts"],
}
const names = [
  ...["softplus", "stands there once", "small backend conforms", "which way is up"],
  ...["--eps has", "are the table of the README"],
].join("|")

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

let report: Report

/** How many tests of these files passed in the copy. */
const passed = (files: readonly string[]): number =>
  report.testResults
    .filter(({ name }) => files.some((file) => name.endsWith(file)))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed").length

beforeAll(async () => {
  copySources()
  await apply(op)
  const [small, rounding] = ["small-backend", "rounding-backend"].map((name) =>
    join(copy, "examples", name),
  )
  cpSync(small, rounding, { recursive: true })
  await apply(language)
  await apply(row)
  for (const { path, code } of [...task, ...proofOfRow]) writeFileSync(join(copy, path), code)

  const file = join(copy, "report.json")
  const reporters = ["--reporter", "default", "--reporter", "json", "--outputFile.json", file]
  const args = ["run", "--project", "node", ...reporters, "-t", names]
  const files = Object.values(proofs).flat()
  const { well, output } = await probe("vitest", [...args, ...files], { folder: copy })
  expect(well, output).toBe(true)
  report = JSON.parse(readFileSync(file, "utf8"))
})

describe("the examples of CONTRIBUTING.md, in a copy of the repository", () => {
  test("an elementwise op is a change of three sources", () => {
    expect(op.filter(isSource)).toHaveLength(3)
    expect(passed(proofs.op)).toBeGreaterThan(20)
  })

  test("a language is a folder", () => {
    const folders = new Set(language.map(({ path }) => dirname(path)))
    expect([...folders]).toEqual(["examples/rounding-backend"])
    expect(passed(proofs.language)).toBeGreaterThan(300)
  })

  test("a task is a file of about 100 lines", () => {
    const [{ code }, ...others] = task.filter(isSource)
    expect(others).toEqual([])
    expect(code.split("\n").length).toBeLessThan(100)
    expect(passed(proofs.task)).toBe(1)
  })

  test("a hyperparameter is a row, and the line that uses it", () => {
    const sources = row.filter(isSource).map(({ path }) => path.replace("packages/train/src/", ""))
    expect(sources).toEqual(["recipe/fields.ts", "tasks/pretrain.ts"])
    expect(passed(proofs.row)).toBe(2)
  })
})
