import { relative, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { ClipItem } from "../item.js"
import { groupsOf, heldOut } from "./hold-out.js"
import type { Kind, ListedClip, Listing } from "./kind.js"
import { labelsOf } from "./labels.js"
import { type CheckOptions, markMissing } from "./missing.js"
import { noClips, type Place, placeAt } from "./place.js"
import { recognise } from "./recognise.js"
import { splitsOf } from "./splits.js"

export interface DatasetOptions extends CheckOptions {
  /** A kind or its name. Default: `auto`, by the files in the folder. */
  readonly kind?: string | Kind
  /**
   * The number of an official partition into splits (UCF101 and HMDB51 have three; default: 1), or
   * the name of a split, to keep only its clips.
   */
  readonly split?: string
  /** The folder of the clips, if it is not that of the lists. */
  readonly root?: string
  /**
   * Class names in the order of their labels: for numeric labels, or to evaluate a model that was
   * trained on another data set. Default: the data set's own.
   */
  readonly classes?: readonly string[]
  /**
   * Holds out about this fraction of the clips of each class as `val`, if the data set has no such
   * split. Default: none.
   */
  readonly valFraction?: number
  /**
   * Keeps clips in one split if they have the same value in this column of a CSV file, or the same
   * match of this regular expression in their paths, such as `_(g\\d+)_`. Default: each clip alone.
   */
  readonly groupBy?: string
  /** Seed of the clips held out. Default: 0. */
  readonly seed?: number
  /** Whether each picture is a clip, or each folder of pictures. Default: as in the folders. */
  readonly pictures?: "samples" | "frames"
  /** Called with a line about what was skipped. */
  readonly onNotice?: (message: string) => void
}

/** The clips of a data set with their labels. */
export interface Dataset {
  /** The name of its kind. */
  readonly kind: string
  /** Clips with `label` and `split`. Those whose files do not exist are `missing`. */
  readonly items: readonly ClipItem[]
  /** Class names in the order of their labels; none if the clips have no labels. */
  readonly classes: readonly string[]
  /** Names of the splits, with train, val and test first; empty without splits. */
  readonly splits: readonly string[]
}

/**
 * Reads a data set as downloaded: a folder, or a file that lists clips.
 *
 * @throws TubeletError naming the file if the data set is of several kinds or a label is ambiguous.
 */
export async function dataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { kind: asked, split, root, pictures, onNotice = () => {} } = options
  const place = await placeAt(path, root)
  const { kind, files } = await recognise(place, asked)
  const fold = split !== undefined && /^\d+$/.test(split) ? Number(split) : undefined
  const listing = await kind.read(place, { files, fold, pictures, onNotice })
  requireClips(listing, path)
  if (fold !== undefined && listing.fold !== fold) {
    throw new TubeletError(
      `${path}: a data set of kind ${kind.name} has no numbered splits`,
      `name one of its splits: ${splitsOf(listing.clips).join(", ")}`,
    )
  }
  const { classes, labels } = labelsOf(listing, path, options.classes)
  const all = listing.clips.map((clip, i) => itemOf(clip, labels[i], place))
  const items = options.valFraction ? withVal(listing, all, place, { ...options, path }) : all
  const unseen = options.valFraction ? classesWithout("val", items, classes) : []
  if (unseen.length > 0) {
    onNotice(`${path}: no clips could be held out of ${unseen.join(", ")}`)
  }
  const chosen = fold === undefined && split !== undefined ? inSplit(items, split, path) : items
  return {
    kind: kind.name,
    items: await markMissing(chosen, options),
    classes,
    splits: splitsOf(chosen),
  }
}

function requireClips({ clips }: Listing, path: string): void {
  if (clips.length === 0) throw noClips(path)
  const within = clips.find(({ split }) => split !== undefined)
  const outside = clips.find(({ split }) => split === undefined)
  if (!within || !outside) return
  throw new TubeletError(
    `${path}: ${outside.path} is not in any split, but ${within.path} is in ${within.split}`,
    "put every clip into a split, or none",
  )
}

function itemOf(
  { label: _, columns: __, ...clip }: ListedClip,
  label: number | undefined,
  place: Place,
): ClipItem {
  return { ...clip, path: resolve(place.root, clip.path), ...(label !== undefined && { label }) }
}

/** A path from the root of the clips, or as it is if it lies elsewhere. */
function belowRoot(root: string, path: string): string {
  const below = relative(root, resolve(root, path))
  return below.startsWith("..") ? path : below
}

function classesWithout(
  split: string,
  items: readonly ClipItem[],
  classes: readonly string[],
): string[] {
  const labels = new Set(items.flatMap((item) => (item.split === split ? (item.label ?? []) : [])))
  return classes.filter((_, label) => !labels.has(label))
}

/** Splits the training clips into `train` and `val`. */
function withVal(
  { clips }: Listing,
  items: readonly ClipItem[],
  { root }: Place,
  { path, valFraction = 0, groupBy, seed = 0 }: DatasetOptions & { readonly path: string },
): ClipItem[] {
  if (!(valFraction > 0 && valFraction < 1)) {
    throw new TubeletError(`valFraction must be between 0 and 1, got ${valFraction}`)
  }
  if (clips.some(({ split }) => split === "val")) {
    throw new TubeletError(`${path}: already has a val split`, "leave out valFraction")
  }
  // A pattern must not find anything in the folders above the data set.
  const fromRoot = (clip: ListedClip) => ({ ...clip, path: belowRoot(root, clip.path) })
  const isTraining = ({ split = "train" }: ListedClip) => split === "train"
  const groups = groupsOf(clips.filter(isTraining).map(fromRoot), groupBy, path)
  const training = items.filter(isTraining)
  const candidates = training.map(({ label }, i) => ({ label, group: groups[i] }))
  const held = heldOut(candidates, valFraction, seed)
  const splits = new Map(training.map((item, i) => [item, held[i] ? "val" : "train"]))
  return items.map((item) => ({ ...item, split: splits.get(item) ?? item.split! }))
}

function inSplit(items: readonly ClipItem[], split: string, path: string): ClipItem[] {
  const found = items.filter((item) => item.split === split)
  if (found.length > 0) return found
  const names = splitsOf(items)
  throw new TubeletError(
    `${path}: has no split named ${split}`,
    names.length > 0 ? `choose one of ${names.join(", ")}` : "it has no splits",
  )
}
