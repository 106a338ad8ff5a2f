import { join } from "node:path"
import { writeText } from "@tubelet/core/files"
import type { ClipItem, Dataset } from "@tubelet/video"

export const splitFiles = ["labels.txt", "split.csv"]

/**
 * Writes the clips with their splits as a CSV file that is a data set itself, and the class names.
 * Labels are names if these alone give the same labels again, otherwise numbers. Returns false, and
 * writes nothing, if a clip is a part of a folder of frames or of an archive.
 */
export async function writeSplit(
  folder: string,
  { items, classes }: Pick<Dataset, "items" | "classes">,
): Promise<boolean> {
  const csv = splitCsv({ items, classes })
  if (csv === undefined) return false
  await writeText(join(folder, "split.csv"), csv)
  await writeText(join(folder, "labels.txt"), classes.map((name) => `${name}\n`).join(""))
  return true
}

/** The text of the CSV file; undefined if a clip is a part of a folder of frames or an archive. */
function splitCsv({ items, classes }: Pick<Dataset, "items" | "classes">): string | undefined {
  if (items.some(({ frames, packed }) => frames || packed)) return undefined
  const hasNames = areSortedNames(classes) && haveAllClasses(items, classes)
  const row = ({ path, label, split = "", seconds }: ClipItem) => {
    const shown = label === undefined ? "" : hasNames ? classes[label] : label
    return [path, shown, split, seconds?.start ?? "", seconds?.end ?? ""].map(cell).join()
  }
  const lines = ["path,label,split,start,end", ...items.map(row)]
  return `${lines.join("\n")}\n`
}

/** Whether sorted names number the classes as they are. */
const areSortedNames = (classes: readonly string[]) =>
  classes.every((name, i) => i === 0 || classes[i - 1] < name) &&
  !classes.some((name) => /^-?\d+(\.0+)?$/.test(name))

function haveAllClasses(items: readonly ClipItem[], classes: readonly string[]): boolean {
  const training = items.filter(({ split }) => split === "train")
  return new Set(training.map(({ label }) => label)).size === classes.length
}

const cell = (value: string | number) =>
  /[",\n]|^\s|\s$/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`
