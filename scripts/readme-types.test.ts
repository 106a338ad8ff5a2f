import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const readmes = ["", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)]
  .map((folder) => join(root, folder, "README.md"))
  .filter((path) => existsSync(path))

/** Whole modules in a README, each as a file next to it. */
const examplesIn = (readme: string): [path: string, code: string][] =>
  [...readFileSync(readme, "utf8").matchAll(/```[tj]s\n(import [\s\S]+?)```/g)].map(
    ([, code], i) => [join(dirname(readme), `example-${i + 1}.ts`), `${code}\nexport {}\n`],
  )

const examples = new Map(readmes.flatMap(examplesIn))

/** What an example imports that its reader has. */
const theirs = new Map([
  [
    join(root, "packages/core/my-backend.ts"),
    'export { referenceBackend as myBackend } from "@tubelet/core/testing"\n',
  ],
])
const files = new Map([...examples, ...theirs])

/** The project's own settings, and those of the strictest users. */
function settings(): ts.CompilerOptions {
  const file = join(root, "tsconfig.base.json")
  const { config } = ts.readConfigFile(file, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(
    config,
    { ...ts.sys, readDirectory: () => [] },
    root,
  )
  const { noUnusedLocals: _, noUnusedParameters: __, ...rest } = options
  return { ...rest, strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true }
}

/** What the compiler says about each example; the sources it imports are not checked. */
function problems(): string[] {
  const options = settings()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.getSourceFile = (path, ...rest) => {
    const code = files.get(path)
    return code === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, code, ts.ScriptTarget.ES2022)
  }
  const program = ts.createProgram([...examples.keys()], options, host)
  return [...examples.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]
    return found.map((d) => ts.formatDiagnostic(d, { ...host, getCurrentDirectory: () => root }))
  })
}

test("every example of a README type-checks as the strictest users check", () => {
  expect(examples.size).toBeGreaterThan(15)
  expect(problems()).toEqual([])
})
