import { TubeletError } from "@tubelet/core"
import type { ListedClip, Listing } from "./kind.js"

/** More classes than any data set has: such numbers are counts or ids. */
const mostClasses = 100_000

export interface Labels {
  /** Class names in the order of their labels. */
  readonly classes: readonly string[]
  /** The label of each clip. */
  readonly labels: readonly (number | undefined)[]
}

/**
 * Turns the labels of a listing, names or numbers, into indices of class names. `names` replaces
 * the listing's own names, as for the validation set of an earlier data set.
 *
 * @throws TubeletError naming a clip if a label is ambiguous, is missing, or has no class.
 */
export function labelsOf(
  { clips, classes: listed }: Listing,
  source: string,
  names?: readonly string[],
): Labels {
  requireWholeSplits(clips, source)
  const labelled = clips.filter(({ label }) => label !== undefined)
  const [first] = labelled
  const other = labelled.find(({ label }) => typeof label !== typeof first.label)
  if (other) throw mixedLabels(first, other, source)
  const given = names ?? listed
  if (typeof first?.label === "number") {
    const counted = labelled.map(({ label }) => label as number)
    const classes = given ?? numberedClasses(labelled, counted, source)
    requireInRange(labelled, classes, source)
    return { classes, labels: clips.map(({ label }) => label as number | undefined) }
  }
  const classes = given ?? trainedClasses(labelled)
  const index = new Map(classes.map((name, i) => [name, i]))
  const indexOf = (clip: ListedClip) => {
    const { label } = clip
    return label === undefined
      ? undefined
      : (index.get(`${label}`) ?? refuseClass(clip, classes, source, names !== undefined))
  }
  return { classes, labels: clips.map(indexOf) }
}

/** The sorted names of the classes that a model would learn. */
function trainedClasses(labelled: readonly ListedClip[]): string[] {
  const training = labelled.filter(({ split }) => split === "train")
  return classNames((training.length > 0 ? training : labelled).map(({ label }) => label))
}

/** The names among labels, sorted. */
export const classNames = (labels: readonly ListedClip["label"][]): string[] =>
  [...new Set(labels.flatMap((label) => (label === undefined ? [] : `${label}`)))].sort()

function numberedClasses(
  labelled: readonly ListedClip[],
  counted: readonly number[],
  source: string,
): string[] {
  const most = counted.reduce((a, b) => Math.max(a, b), 0)
  const largest = labelled[counted.indexOf(most)]
  if (most >= mostClasses) {
    throw new TubeletError(
      `${source}: the label of ${largest.path} is ${most}`,
      "labels are class indices from 0: check which column they are in",
    )
  }
  const found = new Set(counted)
  if (!found.has(0) && found.size === most && most > 1) {
    throw new TubeletError(
      `${source}: the labels are 1 to ${most}, and none is 0`,
      "labels start at 0: subtract 1, or pass the class names if the first class has no clips",
    )
  }
  return Array.from({ length: labelled.length > 0 ? most + 1 : 0 }, (_, i) => `${i}`)
}

function requireInRange(
  labelled: readonly ListedClip[],
  classes: readonly string[],
  source: string,
): void {
  const outside = labelled.find(({ label }) => !((label as number) in classes))
  if (!outside) return
  throw new TubeletError(
    `${source}: the label of ${outside.path} is ${outside.label}, but there are ` +
      `${classes.length} classes`,
    `labels are integers from 0 to ${classes.length - 1}: name every class, or mend the label`,
  )
}

/** A split has labels or, as some test splits, has none. */
function requireWholeSplits(clips: readonly ListedClip[], source: string): void {
  const labelled = new Map<string | undefined, ListedClip>()
  for (const clip of clips) if (clip.label !== undefined) labelled.set(clip.split, clip)
  const without = clips.find(({ label, split }) => label === undefined && labelled.has(split))
  if (!without) return
  throw new TubeletError(
    `${source}: ${without.path} has no label, but ${labelled.get(without.split)!.path} has one`,
    "give every clip of a split a label, or none",
  )
}

const mixedLabels = (a: ListedClip, b: ListedClip, source: string) =>
  new TubeletError(
    `${source}: the label of ${a.path} is ${JSON.stringify(a.label)}, and that of ${b.path} ` +
      `${JSON.stringify(b.label)}`,
    "use either class names or numbers from 0 in all splits",
  )

function refuseClass(
  { path, label, split }: ListedClip,
  classes: readonly string[],
  source: string,
  given: boolean,
): never {
  const known = classes.find((name) => plain(name) === plain(`${label}`))
  const where = split === undefined ? "" : ` of ${split}`
  const others = classes.length > 5 ? `${classes.slice(0, 5).join(", ")}, ...` : classes.join(", ")
  const why = given
    ? `which is not among the given classes: ${others}`
    : "which no training clip has"
  const advice = given
    ? "pass the names of the data set's classes, in the order of their labels"
    : "add training clips of that class, or remove it from the other splits"
  throw new TubeletError(
    `${source}: the class of ${path}${where} is "${label}", ${why}`,
    known === undefined ? advice : `did you mean "${known}"? class names must be identical`,
  )
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, "")
