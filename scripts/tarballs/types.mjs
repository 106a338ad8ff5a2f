// The types, as strict as a user's project may be: declarations are checked too.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { probe } from "../programs.mjs"
import { entriesOf } from "./pack.mjs"

const compilerOptions = {
  ...{ noEmit: true, strict: true, skipLibCheck: false, target: "es2022", module: "nodenext" },
  // Only the global types that declarations name: mediabunny brings @types/dom-webcodecs, which
  // repeats, and contradicts, what TypeScript's own library has since 5.9.
  types: [],
}

/** Entries for Node alone, whose types take those of Node: @types/node. */
const ofNode = ["@tubelet/core/files"]

/** Imports and, in CommonJS, requires every entry in a project where the packages are installed. */
export async function problemsOfTypes(folder, tarballs) {
  const entries = tarballs.flatMap(entriesOf).filter((entry) => !ofNode.includes(entry))
  const sources = {
    "types.ts": (entry, i) => `export type * as entry${i} from "${entry}"`,
    "types.cts": (entry, i) => `export import entry${i} = require("${entry}")`,
  }
  for (const [file, line] of Object.entries(sources)) {
    writeFileSync(join(folder, file), `${entries.map(line).join("\n")}\n`)
  }
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: Object.keys(sources) }),
  )
  const { well, output } = await probe("tsc", ["--project", "."], { folder })
  return well ? [] : [output]
}
