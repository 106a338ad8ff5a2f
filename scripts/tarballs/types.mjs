// Type-checks with the strictest settings of a user's project, including declarations.
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

/** Entry points for Node only, whose types need @types/node. */
const ofNode = ["@tubelet/core/files"]

/** Imports (in CommonJS, requires) every entry point in a project with the packages installed. */
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
