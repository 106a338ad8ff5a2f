// A user's project: an empty folder, a package installed from its tarball, a program that uses it.
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { each } from "../parallel.mjs"
import { probe } from "../programs.mjs"
import { entriesOf } from "./pack.mjs"

const uses = fileURLToPath(new URL("uses", import.meta.url))
const shortNameOf = ({ name }) => name.replace("@tubelet/", "")

/** Creates the folder, to install `tarballs` in; `fields` are added to its package.json. */
export function makeProject(folder, tarballs, fields = () => ({})) {
  mkdirSync(folder, { recursive: true })
  const specs = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const manifest = { private: true, type: "module", dependencies: specs, ...fields(specs) }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
}

/** A program that imports every entry point of a package, uses it and reports success. */
export function writeProgram(folder, tarball) {
  const name = shortNameOf(tarball)
  cpSync(join(uses, `${name}.js`), join(folder, "uses", `${name}.js`))
  const entries = entriesOf(tarball)
  const program = [
    ...entries.map((entry, i) => `import * as entry${i} from "${entry}"`),
    `import use from "./uses/${name}.js"`,
    `const entries = [${entries.map((_, i) => `entry${i}`)}]`,
    `const names = entries.flatMap((entry) => Object.keys(entry))`,
    `const { found, expected } = await use()`,
    `const right = names.length > 0 && JSON.stringify(found) === JSON.stringify(expected)`,
    `globalThis.result = right ? "right" : JSON.stringify({ found, expected })`,
    `if (!right) throw new Error(globalThis.result)`,
  ]
  const file = `${name}.js`
  writeFileSync(join(folder, file), `${program.join("\n")}\n`)
  return file
}

/** A CommonJS program that requires every entry point and compares it with `import`. */
function writeRequiring(folder, tarball) {
  const file = `${shortNameOf(tarball)}.cjs`
  const program = `
    const names = (entry) => JSON.stringify(Object.keys(entry).sort())
    async function compare(path) {
      const required = require(path)
      const imported = await import(path)
      if (names(required) !== names(imported) || names(required) === "[]") {
        throw new Error(\`require("\${path}") gives \${names(required)}\`)
      }
    }
    Promise.all(${JSON.stringify(entriesOf(tarball))}.map(compare))`
  writeFileSync(join(folder, file), program)
  return file
}

/** Runs both programs; returns what went wrong, if anything. */
export async function problemsOfUse(folder, tarball, node = process.execPath) {
  const programs = [writeProgram(folder, tarball), writeRequiring(folder, tarball)]
  const results = await each(programs, (program) => probe(node, [program], { folder }))
  return results.filter(({ well }) => !well).map(({ output }) => `${tarball.name}: ${output}`)
}
