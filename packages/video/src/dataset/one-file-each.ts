import { TubeletError } from "@tubelet/core"
import type { Place } from "./place.js"

/** Throws if two of a place's lists have the same part of its clips, such as a split. */
export function requireOneFileEach<T extends { readonly file: string }>(
  { folder }: Pick<Place, "folder">,
  lists: readonly T[],
  partOf: (list: T) => string | undefined,
): void {
  const taken = new Map<string | undefined, string>()
  for (const list of lists) {
    const part = partOf(list)
    const other = taken.get(part)
    if (other !== undefined) {
      const what = part === undefined ? "lists" : `lists of ${part}`
      throw new TubeletError(
        `${folder}: both ${other} and ${list.file} are ${what}`,
        "pass one of them, or a folder with one list for each",
      )
    }
    taken.set(part, list.file)
  }
}
