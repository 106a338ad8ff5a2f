import { TubeletError } from "@tubelet/core"
import type { ClassifierConfig, System } from "@tubelet/models"
import { fileClips } from "@tubelet/train"
import {
  type ClipItem,
  type Dataset,
  dataset,
  readClassNames,
  reportMissing,
  type Transform,
  testClips,
} from "@tubelet/video"
import { centralView, type SamplingName } from "../classify/views.js"
import { kindOf } from "../data/kind.js"
import type { LabelledValues } from "../flags/labelled.js"
import { kept } from "../run/settings.js"
import { asked } from "../setup/data-set.js"
import type { Output } from "../shell/output.js"
import { requireDisjoint } from "./disjoint.js"
import { learnedFrom } from "./learned-from.js"

/** Training and validation clips. */
export interface LabelledClips {
  /** The name of the kind of data set. */
  readonly kind: string
  readonly classes: readonly string[]
  /** All clips of the data set. */
  readonly items: readonly ClipItem[]
  readonly train: ItemsAt
  /** Undefined if there is neither `--val-data` nor a split for it. */
  readonly evaluation: ItemsAt | undefined
}

interface ItemsAt {
  readonly path: string
  readonly items: readonly ClipItem[]
}

/** Splits to score, by preference. */
const scored = ["val", "test"]

/** Reads the labelled data set of `--data`, and that of `--val-data`. */
export async function labelledClips(
  path: string,
  system: System,
  { taught, ...values }: LabelledValues & { readonly taught?: readonly string[] | undefined },
  output: Output,
): Promise<LabelledClips> {
  const { split, root, labels, valData, valFraction, groupBy, seed } = values
  const kind = await kindOf(values.kind)
  const names = labels === undefined ? undefined : await readClassNames(labels)
  const pictures = system === "mae" ? "samples" : "frames"
  const common = { kind, pictures, ...asked(values, output) } as const
  const held = { valFraction, groupBy, seed }
  const found = await dataset(path, { ...common, ...held, split, root, classes: names ?? taught })
  const { splits, classes } = found
  if (classes.length < 2) throw tooFewClasses(path, classes)
  if (taught && names) requireTaught(names, taught)
  const inSplit = (name: string): ItemsAt => ({
    path,
    items: found.items.filter((item) => item.split === name),
  })
  const labelledAt = async (path: string): Promise<ItemsAt> => ({
    path,
    items: (await dataset(path, { ...common, classes })).items,
  })
  const learnsAll = !splits.includes("train")
  if (learnsAll && splits.length > 0 && split === undefined) throw noTraining(path, splits)
  const train = learnsAll ? { path, items: found.items } : inSplit("train")
  const name = learnsAll ? undefined : scored.find((one) => splits.includes(one))
  const own = name === undefined ? undefined : labelledOnly(inSplit(name), output)
  const evaluation = valData === undefined ? own : await labelledAt(valData)
  for (const each of [taught ? undefined : train, evaluation]) if (each) requireLabels(each)
  if (evaluation && !values.allowDuplicates) {
    await requireDisjoint(path, train.items, evaluation.items, output.log)
  }
  return { kind: found.kind, classes, items: found.items, train, evaluation }
}

/** A split to score, unless its labels were not published. */
function labelledOnly(clips: ItemsAt, output: Output): ItemsAt | undefined {
  if (clips.items.some(({ label }) => label !== undefined)) return clips
  output.log(`${clips.path}: the split ${clips.items[0].split} has no labels, so it is not scored`)
  return undefined
}

const noTraining = (path: string, splits: readonly string[]) =>
  new TubeletError(
    `${path} has the splits ${splits.join(", ")}, but none named train`,
    `to train on one of them, pass --split ${splits[0]}`,
  )

function requireLabels({ path, items }: ItemsAt): void {
  const bare = items.find(({ label }) => label === undefined)
  if (!bare) return
  throw new TubeletError(
    `${path}: ${bare.path} has no label`,
    "add one to the list, or put the clip into the folder of its class",
  )
}

/** The names of `--labels` must be the teacher's, which may be only numbers. */
function requireTaught(names: readonly string[], taught: readonly string[]): void {
  const isNumbered = taught.every((name, label) => name === `${label}`)
  if (names.length === taught.length && (isNumbered || names.every((n, i) => n === taught[i]))) {
    return
  }
  throw new TubeletError(
    isNumbered
      ? `--labels has ${names.length} names, but the teacher has ${taught.length} classes`
      : `the teacher's classes are ${taught.join(", ")}, not ${names.join(", ")}`,
    "pass the names of the teacher's classes in the order of its labels",
  )
}

const tooFewClasses = (path: string, classes: Dataset["classes"]) =>
  classes.length === 0
    ? new TubeletError(
        `${path}: the clips have no labels`,
        "put each class into its own folder, or pass a list with labels",
      )
    : new TubeletError(
        `${path}: all clips are of the class ${classes[0]}`,
        "a classifier needs at least two classes",
      )

interface Learning {
  readonly transforms: readonly Transform[]
  readonly repeats: number
  readonly seed: number
}

/** How frames of videos are chosen, by default as the authors do for the kind of data set. */
export const samplingOf = (
  { kind }: Pick<LabelledClips, "kind">,
  { sampling = kind === "something-something" ? "segments" : "dense" }: LabelledValues,
): SamplingName => sampling

/** A task's augmentation and sampling for training, and the authors' central clips for scoring. */
export async function clipsFor(
  { kind, train, evaluation }: LabelledClips,
  config: ClassifierConfig,
  values: LabelledValues & Learning,
  output: Output,
) {
  const { stride, repeats, seed, transforms, accumulate = 1 } = values
  const { system, imageSize: size, frames } = config
  const directional = values.directional === true || kind === "something-something"
  const sampling = samplingOf({ kind }, values)
  const decoders = kept(values, ["workers"])
  const data = await fileClips<"f32">({
    ...{ ...train, config, seed, repeats, prefetch: 2 * accumulate },
    ...{ ...asked(values, output), ...decoders },
    ...(stride !== undefined && { stride }),
    ...learnedFrom(system, { ...values, sampling, directional, transforms }),
  })
  if (evaluation) reportMissing(evaluation.items, evaluation.path, asked(values, output))
  const scored = evaluation && {
    length: evaluation.items.length,
    missing: evaluation.items.filter(({ missing }) => missing).length,
    clips: () =>
      testClips({
        ...{ items: evaluation.items, frames, size, stride: data.stride, ...decoders },
        views: [centralView({ system, size, sampling })],
      }),
  }
  return { data, sampling, scored }
}
