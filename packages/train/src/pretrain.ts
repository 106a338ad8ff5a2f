import { type Backend, TubeletError } from "@tubelet/core"
import { type PretrainModel, presetConfig, pretrainModel } from "@tubelet/models"
import type { ClipData } from "./data/clips.js"
import { fileClips } from "./data/files.js"
import type { MaskRules } from "./data/masks.js"
import { onDevices } from "./devices.js"
import { type PretrainStepResult, type Run, trainSteps } from "./loop.js"
import { defaultMasks, type Recipe, type RecipeOptions, resolveRecipe } from "./recipe.js"
import { continuation } from "./resume.js"
import type { RunStore, StoredRun } from "./run-store.js"
import {
  averaged,
  disposeState,
  freshState,
  initialState,
  requireWeights,
  storedState,
  type TrainState,
} from "./state.js"

type Weights = Readonly<Record<string, Float32Array>>

export interface PretrainOptions extends RecipeOptions {
  /** A model, or a preset's name. */
  readonly model: PretrainModel | string
  /** Clips, or in Node the path of a folder, file or list. */
  readonly data: ClipData | string
  /**
   * A backend; or what opens one, and another where the device of one is lost: the run then goes on
   * from the last checkpoint in `out`, or begins again where none was saved, to the same bytes.
   * Steps done since are done, and yielded, again. Backends opened so are disposed of.
   */
  readonly backend: Backend | (() => Promise<Backend>)
  /** Default: the authors' masks for the model's system. */
  readonly masks?: MaskRules
  /** Weights to begin with, under official names. Default: random ones. */
  readonly init?: Weights | (() => Promise<Weights>)
  /** Where results go: a folder (Node) or a custom store. Default: nothing is kept. */
  readonly out?: string | RunStore
  /** Goes on from the last checkpoint in `out`, where there is one. */
  readonly resume?: boolean
  /** Steps from one checkpoint to the next; one is saved at the end, too. Default: 500. */
  readonly saveEvery?: number
  /** Checkpoints that a folder keeps, 0 for all. Default: 3. */
  readonly keep?: number
  /** For a path as `data`: see `fileClips`. */
  readonly stride?: number
  readonly workers?: number
  readonly allowMissing?: boolean
  /** Ends the run after the step in progress; a checkpoint is saved. */
  readonly signal?: AbortSignal
  /** What config.json holds. Default: the model's configuration and the recipe. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Told of things worth a line in a log: skipped clips, changes that matter to a resumed run. */
  readonly onNotice?: (message: string) => void
  /**
   * Names the op, and the line, that first gives numbers that are not finite. Keeps a second copy
   * of the state for it, from before each step.
   */
  readonly findNan?: boolean
  /** Compilation, from 0 to 1. */
  readonly onCompile?: (done: number) => void
  /** The drawing of weights, where a run begins with fresh ones, from 0 to 1. */
  readonly onDraw?: (done: number) => void
}

/**
 * Pre-trains a model and yields after each step. The same seed gives the same weights, whatever
 * the number of workers, and whether the run was stopped and resumed or not.
 *
 * ```ts
 * for await (const { step, loss } of pretrain({ model: "videomaev2-s", data: "clips", backend })) {
 *   console.log(step, loss)
 * }
 * ```
 */
export async function* pretrain(
  options: PretrainOptions,
): AsyncGenerator<PretrainStepResult, void, void> {
  const model = modelOf(options.model)
  const data = await dataOf(options, model)
  const recipe = resolveRecipe(model.config.system, data.length, options)
  const { backend, signal, onNotice = () => {}, resume = false } = options
  if (recipe.batch > data.length) {
    onNotice(
      `a batch has room for ${recipe.batch} samples, an epoch only ${data.length}: the empty ` +
        "places are computed for nothing; a smaller batch is faster",
    )
  }
  const store = await storeOf(options)
  const run = (backend: Backend, fromCheckpoint: boolean) =>
    beginOrGoOn(options, { model, data, recipe, store, backend }, resume || fromCheckpoint)
  try {
    if (typeof backend !== "function") yield* run(backend, false)
    else yield* onDevices(run, { open: backend, onNotice, signal })
  } finally {
    await store?.close()
  }
}

/** What config.json holds, in the words of the command: enough to look at the run later. */
const describe = (
  { stride }: PretrainOptions,
  { config, target, dropPath }: PretrainModel,
  recipe: Recipe,
) => ({
  model: config,
  target: target.name,
  dropPath,
  ...(stride !== undefined && { stride }),
  ...recipe,
})

async function* beginOrGoOn(
  options: PretrainOptions,
  parts: Pick<Run, "model" | "data" | "recipe" | "store" | "backend">,
  resume: boolean,
) {
  const { signal, saveEvery = 500, findNan = false, onNotice = () => {} } = options
  const { model, data, recipe, store, backend } = parts
  const stored = resume ? await store?.latest(onNotice) : undefined
  if (resume && !stored) onNotice("no checkpoint to resume from: the run begins anew")
  try {
    const masks = options.masks ?? defaultMasks(model.config.system)
    const from = continuation(stored?.state, { model, masks, recipe, data, backend, onNotice })
    if (from.step >= recipe.steps || signal?.aborted) return
    const given = stored ? undefined : await weightsOf(options, model)
    const begin = () => stateOf(options, parts, { stored, given })
    const { onCompile, config = describe(options, model, recipe) } = options
    yield* trainSteps({
      ...{ ...parts, config, masks, begin, from, saveEvery, signal, findNan, onNotice },
      checkpoint: stored?.name,
      ...(onCompile && { onCompile }),
    })
  } finally {
    await stored?.close()
  }
}

/** Weights that a run is given to begin with. */
async function weightsOf(
  { init }: PretrainOptions,
  model: PretrainModel,
): Promise<Weights | undefined> {
  const weights = typeof init === "function" ? await init() : init
  if (weights) requireWeights(model.specs, weights)
  return weights
}

/** The state to begin with: stored, of given weights, or drawn; with the average that it keeps. */
async function stateOf(
  { onNotice = () => {}, onDraw }: PretrainOptions,
  { model, recipe, backend }: Pick<Run, "model" | "recipe" | "backend">,
  {
    stored,
    given,
  }: { readonly stored?: StoredRun | undefined; readonly given?: Weights | undefined },
): Promise<TrainState> {
  const state = stored
    ? await storedState(backend, model, stored)
    : given
      ? freshState(backend, model, given)
      : initialState(backend, model, recipe.seed, onDraw)
  if (recipe.ema !== undefined) {
    if (stored && !stored.ema) onNotice("the average of the weights begins with this step")
    return averaged(backend, model, state, stored?.ema).catch((error) => {
      disposeState(state)
      throw error
    })
  }
  if (stored?.ema) {
    onNotice("the average of the weights ends here: checkpoints hold none from now on")
  }
  return state
}

const modelOf = (model: PretrainModel | string): PretrainModel =>
  typeof model === "string" ? pretrainModel(presetConfig(model)) : model

async function dataOf(options: PretrainOptions, { config }: PretrainModel): Promise<ClipData> {
  const { data, seed, stride, repeats, workers, allowMissing, onNotice } = options
  if (typeof data !== "string") {
    if ((data.repeats ?? 1) !== (repeats ?? 1)) {
      throw new TubeletError(
        `the data repeats each clip ${data.repeats ?? 1} times, the recipe ${repeats ?? 1} times`,
        "give the same `repeats` to both",
      )
    }
    if (data.length > 0) return data
    throw new TubeletError("the data holds no clips", "give at least one")
  }
  return fileClips({
    ...{ path: data, config },
    ...(seed !== undefined && { seed }),
    ...(stride !== undefined && { stride }),
    ...(repeats !== undefined && { repeats }),
    ...(workers !== undefined && { workers }),
    ...(allowMissing !== undefined && { allowMissing }),
    ...(onNotice && { onNotice }),
  })
}

async function storeOf({ out, keep, resume = false }: PretrainOptions) {
  if (typeof out !== "string") return out
  // Files are Node's: a page that never asks for a folder never loads this.
  const { openRunFolder } = await import("./files/run-folder.js")
  return openRunFolder(out, { resume, ...(keep !== undefined && { keep }) })
}
