import { inOrder } from "../workers/in-order.js"
import type { Place } from "./place.js"

/** Texts that are open at once: a data set may have one for every clip. */
const mostOpen = 32

/** The texts of a place that a test, which may open them, is true for. */
export async function textsWhere(
  place: Place,
  isTheirs: (place: Place, file: string) => Promise<boolean>,
): Promise<string[]> {
  const theirs: string[] = []
  const test = async (file: string) => ({ file, found: await isTheirs(place, file) })
  for await (const { file, found } of inOrder(place.files, test, mostOpen)) {
    if (found) theirs.push(file)
  }
  return theirs
}
