import { join } from "node:path"
import { writeText } from "@tubelet/core/files"
import { csvText } from "@tubelet/core/text"
import type { ClipItem } from "../item.js"
import type { Dataset } from "./dataset.js"
import { labelsFile, splitFile } from "./list-names.js"

/**
 * Writes the clips with their splits as a CSV file that is a data set itself, and the class names.
 * Labels are names if these alone give the same labels again, otherwise numbers. Returns false, and
 * writes nothing, if a clip is a part of a folder of frames or of an archive.
 */
export async function writeList(
  folder: string,
  { items, classes }: Pick<Dataset, "items" | "classes">,
): Promise<boolean> {
  if (items.some(({ frames, packed }) => frames || packed)) return false
  const hasNames = areSortedNames(classes) && haveAllClasses(items, classes)
  const row = ({ path, label, split = "", seconds }: ClipItem) => {
    const shown = label === undefined ? "" : hasNames ? classes[label] : label
    return [path, shown, split, seconds?.start ?? "", seconds?.end ?? ""]
  }
  const rows = [["path", "label", "split", "start", "end"], ...items.map(row)]
  await writeText(join(folder, labelsFile), classes.map((name) => `${name}\n`).join(""))
  await writeText(join(folder, splitFile), csvText(rows))
  return true
}

/** Whether sorted names number the classes as they are. */
const areSortedNames = (classes: readonly string[]) =>
  classes.every((name, i) => i === 0 || classes[i - 1] < name) &&
  !classes.some((name) => /^-?\d+(\.0+)?$/.test(name))

function haveAllClasses(items: readonly ClipItem[], classes: readonly string[]): boolean {
  const training = items.filter(({ split }) => split === "train")
  return new Set(training.map(({ label }) => label)).size === classes.length
}
