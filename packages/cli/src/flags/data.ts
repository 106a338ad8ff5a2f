import { whole, yes } from "../shell/flag.js"

/** The operand of commands that read a data set. */
export const dataOperand = "path: a folder (searched recursively), a file, or a list of files"

/** How a data set is read. */
export const dataFlags = {
  workers: whole("decoding processes, 0: none (half of the cores; cache: all)", 0),
  allowMissing: yes("continue even if most clips are missing or bad"),
}
