import { choice, number, text, whole, yes } from "../shell/flag.js"

/** The operand of commands that read a data set. */
export const dataOperand = "path: a folder (searched recursively), a file, or a list of files"

/** How a data set is read. */
export const dataFlags = {
  workers: whole("decoders, 0: none (half of the cores; cache: all)", 0),
  allowMissing: yes("continue even if most clips are missing or bad"),
}

/** A transform that the package does not have. */
export const transformFlag = text("module of a custom transform of clips", "FILE")

/** What a labelled data set is. */
export const labelledDataFlags = {
  kind: text("kind of data set (detected), or a file with one", "NAME"),
  split: text("partition (1), or the one split to keep (all)", "NAME"),
  root: text("folder of the clips (that of the data set or list)", "DIR"),
  labels: text("class names, one per line, in the order of the labels", "FILE"),
  valFraction: number("fraction of each class to hold out as val (0)", { min: 0, max: 1 }),
  groupBy: text("column or path pattern to keep in one split", "NAME"),
  pictures: choice("whether each image is a clip, or a folder (detected)", ["samples", "frames"]),
}
