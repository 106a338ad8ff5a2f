import { basename } from "node:path"

/** The usual names of the splits, and what others call them. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training", "trainset"],
  val: ["val", "valid", "validation", "validate", "dev", "valset"],
  test: ["test", "testing", "testset"],
}

const names = new Map(Object.entries(aliases).flatMap(([to, from]) => from.map((f) => [f, to])))

/** The split that a folder or a column names: `Validation` is `val`. Undefined for other names. */
export const knownSplit = (name: string): string | undefined => names.get(name.toLowerCase())

/** The split that a column names; other names are kept. */
export const splitOf = (name: string): string => knownSplit(name) ?? name

/** The split in a list's file name, such as `kinetics400_val_list_videos.txt`. */
export function splitInName(file: string): string | undefined {
  const words = basename(file)
    .toLowerCase()
    .replace(/\.[^.]*$/, "")
    .split(/[^a-z]+/)
    .map((word) => word.replace(/list$/, ""))
  const found = new Set(words.flatMap((word) => knownSplit(word) ?? []))
  return found.size === 1 ? [...found][0] : undefined
}

/** The number of a partition in a file name: 2 for `ucf101_train_split_2_videos.txt`. */
export const foldInName = (file: string): number | undefined => {
  const [, digits] = /(?:split|fold|list)_?0?([1-9])(?!\d)/i.exec(basename(file)) ?? []
  return digits === undefined ? undefined : Number(digits)
}

const order = Object.keys(aliases)

/** The splits of some clips: train, val and test first, then others by name. */
export function splitsOf(clips: readonly { readonly split?: string }[]): string[] {
  const found = new Set(clips.flatMap(({ split }) => split ?? []))
  const others = [...found].filter((name) => !order.includes(name)).sort()
  return [...order.filter((name) => found.has(name)), ...others]
}
