import type { HostArray, Values } from "@tubelet/core"
import type { StepOptions } from "@tubelet/train"
import { type Rates, runsOf } from "./optimizer.js"
import type { Arrays, Training, Weights } from "./run.js"
import { type Golden, readWeights, type VerifySet } from "./set.js"

/** The training of a set: the number of steps, and their inputs. */
export interface Course<S> extends Rates {
  readonly steps: number
  batch(step: number): { readonly arrays: Values<S> }
}

/** Rows (s + i) mod n for i < `size`: the batch of step s. */
export function pick(table: Golden, step: number, size: number): HostArray {
  const [count] = table.shape as [number]
  const each = table.data.length / count
  const out = table.data.slice(0, size * each)
  for (let i = 0; i < size; i++) {
    const from = ((step + i) % count) * each
    out.set(table.data.subarray(from, from + each), i * each)
  }
  return out
}

/** The row of one step in a table [steps, ...]. */
export function rowOf(table: Golden, step: number): HostArray {
  const each = table.data.length / table.shape[0]
  return table.data.slice(step * each, (step + 1) * each)
}

async function follow<S>(
  training: Training<S>,
  course: Course<S>,
  prefix: string,
): Promise<Arrays> {
  const [losses, norms, rates]: [number[], number[], number[]] = [[], [], []]
  for (let s = 0; s < course.steps; s++) {
    const rate = course.learningRate(s)
    const result = await training.run(course.batch(s).arrays, rate, course.weightDecay(s))
    losses.push(result.loss)
    norms.push(result.gradNorm)
    rates.push(rate)
  }
  const final = Object.entries(await training.weights())
  return {
    [`${prefix}loss`]: Float32Array.from(losses),
    [`${prefix}grad_norm`]: Float32Array.from(norms),
    [`${prefix}lr`]: Float32Array.from(rates),
    ...Object.fromEntries(final.map(([name, weight]) => [`${prefix}final.${name}`, weight])),
  }
}

/** Trains a set's model from the start for each of its runs; `open` compiles the step. */
export async function followRuns<S>(
  set: VerifySet,
  course: Course<S>,
  open: (clip: Pick<StepOptions, "clipGrad">) => Promise<Training<S>>,
): Promise<Arrays> {
  const found: Arrays = {}
  for (const { prefix, ...clip } of runsOf(set)) {
    const training = await open(clip)
    Object.assign(found, await follow(training, course, prefix))
    await training.dispose()
  }
  return found
}

/** The initial weights of a trajectory: in the set, or in a sibling set. */
export async function startWeights({ name, files, meta }: VerifySet): Promise<Weights> {
  if (await files.has("weights.safetensors")) return readWeights(files)
  const sibling = name.replace("-finetune-trajectory", "-finetune")
  const from = meta.init_set ?? sibling.replace("-trajectory", "-pretrain")
  return readWeights(files.beside(String(from)))
}
