import { readJsonObject } from "@tubelet/checkpoint"
import { fieldsOf } from "../flags/model-choice.js"

/** The class names in the labels.json of a run, in the order of their labels. */
export async function readLabels(path: string): Promise<string[]> {
  const { id2label } = await readJsonObject(path)
  return Object.values(fieldsOf(id2label)).map(String)
}
