import { readJsonObject } from "@tubelet/checkpoint"
import { fieldsOf } from "../flags/model-choice.js"

/** The file in a run's folder with the names of its classes. */
export const labelsFile = "labels.json"

/** Class names by label, under Hugging Face's name for them. */
export const labelsText = (classes: readonly string[]): string =>
  `${JSON.stringify({ id2label: Object.fromEntries(classes.entries()) }, null, 2)}\n`

/** The class names in such a file, in the order of their labels. */
export async function readLabels(path: string): Promise<string[]> {
  const { id2label } = await readJsonObject(path)
  return Object.values(fieldsOf(id2label)).map(String)
}
