import { join } from "node:path"
import { writeText } from "@tubelet/core/files"
import { csvText } from "@tubelet/core/text"
import type { ClipItem } from "../item.js"
import type { Dataset } from "./dataset.js"
import { frameColumns, labelsFile, splitFile } from "./list-names.js"

/**
 * Writes the clips with their splits as a CSV file that is a data set itself, and the class names.
 * Labels are names if these alone give the same labels again, otherwise numbers.
 */
export async function writeList(
  folder: string,
  { items, classes }: Pick<Dataset, "items" | "classes">,
): Promise<void> {
  const hasNames = areSortedNames(classes) && haveAllClasses(items, classes)
  const hasFrames = items.some(({ frames }) => frames)
  const row = ({ path, label, split = "", seconds, frames }: ClipItem) => {
    const shown = label === undefined ? "" : hasNames ? classes[label] : label
    const part = [seconds?.start ?? "", seconds?.end ?? ""]
    const range = hasFrames ? [frames?.start ?? "", frames?.count ?? ""] : []
    return [path, shown, split, ...part, ...range]
  }
  const header = ["path", "label", "split", "start", "end", ...(hasFrames ? frameColumns : [])]
  await writeText(join(folder, labelsFile), classes.map((name) => `${name}\n`).join(""))
  await writeText(join(folder, splitFile), csvText([header, ...items.map(row)]))
}

/** Whether sorted names number the classes as they are. */
const areSortedNames = (classes: readonly string[]) =>
  classes.every((name, i) => i === 0 || classes[i - 1] < name) &&
  !classes.some((name) => /^-?\d+(\.0+)?$/.test(name))

function haveAllClasses(items: readonly ClipItem[], classes: readonly string[]): boolean {
  const training = items.filter(({ split }) => split === "train")
  return new Set(training.map(({ label }) => label)).size === classes.length
}
