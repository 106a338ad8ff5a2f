// The types, as strict as a user's project may be: declarations are checked too.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { probe } from "../programs.mjs"
import { entriesOf } from "./pack.mjs"

const strictly = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022"]
/**
 * Only the global types that declarations name: mediabunny brings @types/dom-webcodecs, which
 * repeats, and contradicts, what TypeScript's own library has since 5.9.
 */
const named = ["--types", ""]

/** Compiles imports of every entry in a project where the packages are installed. */
export async function problemsOfTypes(folder, tarballs) {
  const entries = tarballs.flatMap(entriesOf)
  const lines = entries.map((entry, i) => `export type * as entry${i} from "${entry}"`)
  writeFileSync(join(folder, "types.ts"), `${lines.join("\n")}\n`)
  const { well, output } = await probe(
    "tsc",
    [...strictly, ...named, "--module", "nodenext", "types.ts"],
    {
      folder,
    },
  )
  return well ? [] : [output]
}
