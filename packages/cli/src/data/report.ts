import type { CheckedClip, ClipItem, Dataset, Duplicate } from "@tubelet/video"

/** One split of a data set. */
export interface SplitReport {
  /** Clips, missing ones included. */
  readonly clips: number
  readonly missing: number
  /** Clips that were opened, and those among them that cannot be read. */
  readonly opened: number
  readonly unreadable: number
  /** Clips of each class, in the order of the classes. */
  readonly perClass: readonly number[]
  /** Durations of the opened clips; absent if none is a video. */
  readonly seconds?: { readonly least: number; readonly median: number; readonly most: number }
}

export interface DataReport {
  readonly kind: string
  /** Class names in the order of their labels. */
  readonly classes: readonly string[]
  /** By name; `all` if there are no splits. */
  readonly splits: Readonly<Record<string, SplitReport>>
  /** Paths of missing clips. */
  readonly missing: readonly string[]
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** Clips that are in two splits. */
  readonly duplicates: readonly Duplicate[]
}

/** The contents of a data set. */
export function reportOn(
  { kind, classes, items, splits }: Dataset,
  checked: readonly CheckedClip[],
  duplicates: readonly Duplicate[],
): DataReport {
  const names = splits.length > 0 ? splits : [undefined]
  const rows = names.map((name): [string, SplitReport] => [
    name ?? "all",
    splitReport(
      classes,
      items.filter(({ split }) => split === name),
      checked.filter(({ item }) => item.split === name),
    ),
  ])
  return {
    ...{ kind, classes, splits: Object.fromEntries(rows) },
    missing: items.flatMap(({ missing, path }) => (missing ? [path] : [])),
    unreadable: checked.flatMap(({ item: { path }, reason }) =>
      reason === undefined ? [] : [{ path, reason: reason.split("\n")[0] }],
    ),
    duplicates,
  }
}

function splitReport(
  classes: readonly string[],
  items: readonly ClipItem[],
  checked: readonly CheckedClip[],
): SplitReport {
  const perClass = classes.map(() => 0)
  for (const { label } of items) if (label !== undefined) perClass[label]++
  const videos = checked.flatMap(({ facts }) => (facts && facts.length > 1 ? facts.duration : []))
  const sorted = videos.sort((a, b) => a - b)
  return {
    clips: items.length,
    missing: items.filter(({ missing }) => missing).length,
    opened: checked.length,
    unreadable: checked.filter(({ reason }) => reason !== undefined).length,
    perClass,
    ...(sorted.length > 0 && {
      seconds: { least: sorted[0], median: sorted[sorted.length >> 1], most: sorted.at(-1)! },
    }),
  }
}
