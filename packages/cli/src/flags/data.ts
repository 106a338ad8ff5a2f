import { choice, number, text, whole, yes } from "../shell/flag.js"

/** The operand of commands that read a data set. */
export const dataOperand = "path: a folder (searched recursively), a file, or a list of files"

/** How a data set is read. */
export const dataFlags = {
  workers: whole("decoders, 0: none (half of the cores; cache: all)", 0),
  allowMissing: yes("continue even if most clips are missing or bad"),
}

/** A transform that the package does not have. */
export const transformFlag = text("module with a custom transform", "FILE")

/** What a labelled data set is. */
export const labelledDataFlags = {
  kind: text("kind of data set (detected), or a file defining one", "NAME"),
  split: text("partition (1), or the only split to use (all)", "NAME"),
  root: text("folder of the clips (the data set's or list's)", "DIR"),
  labels: text("class names, one per line, in label order", "FILE"),
  valFraction: number("fraction of each class to hold out as val (0)", { min: 0, max: 1 }),
  groupBy: text("column or path regex; groups stay in one split", "NAME"),
  pictures: choice("images as single clips, or folders as videos (detected)", [
    "samples",
    "frames",
  ]),
}
