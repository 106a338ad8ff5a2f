// Checks that a manifest declares exactly the packages that the files import.
import { readdirSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import ts from "typescript"

const packageOf = (path) => path.match(/^@[^/]+\/[^/]+|^[^/]+/)[0]

const read = (content) =>
  readdirSync(content, { recursive: true })
    .filter((file) => /\.(m?js|d\.ts)$/.test(file))
    .map((file) => readFileSync(join(content, file), "utf8"))

/** The packages that code or types import, or whose files they resolve. */
function importedBy(text) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text)
  const imported = [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName)
  const resolved = [...text.matchAll(/\.resolve\("([^"]+)"\)/g)].map(([, name]) => name)
  // Imports that bundlers must not follow go through a variable of this name.
  const hidden = [...text.matchAll(/\blibrary = "([^"]+)"/g)].map(([, name]) => name)
  const paths = [...imported, ...resolved, ...hidden]
  return paths.filter((path) => !path.startsWith(".") && !isBuiltin(path)).map(packageOf)
}

/** The bundler's comments name the source of each piece. */
const copiedInto = (text) =>
  [...text.matchAll(/^\/\/ .*node_modules\/(.+)$/gm)].map(([, path]) => path)

export function problemsOfImports({ content, manifest }) {
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  const own = Object.keys({ ...dependencies, ...optionalDependencies })
  const declared = new Set([...own, ...Object.keys(peerDependencies ?? {}), manifest.name])
  const texts = read(content)
  const imported = new Set(texts.flatMap(importedBy))
  return [
    ...[...imported].filter((name) => !declared.has(name)).map((n) => `${n} is not declared`),
    ...own.filter((name) => !imported.has(name)).map((n) => `${n} is declared, but never imported`),
    ...texts.flatMap(copiedInto).map((path) => `a copy of ${path} is inside: declare its package`),
  ]
}
