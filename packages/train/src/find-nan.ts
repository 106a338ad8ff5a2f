import {
  abs,
  add,
  type Backend,
  compile,
  type DeviceArray,
  disposeAll,
  flatten,
  isTensor,
  mul,
  sum,
  type Tensor,
  type Tree,
  TubeletError,
} from "@tubelet/core"
import { firstNonFinite, type NonFinite } from "@tubelet/core/debug"
import type { PretrainModel } from "@tubelet/models"
import { accumulatedSpecs, accumulatePart, applyPart } from "./accumulated-step.js"
import type { HostBatch } from "./data/batch.js"
import { type TrainState, zeros } from "./state.js"
import { compilePart, stateSpecs, trainStep } from "./step.js"
import type { Rates, StepperOptions } from "./stepper.js"

/** Finds the op that broke a step, by a replay from the state before it. */
export interface Replay {
  /** Keeps a copy of the state, before a step. */
  remember(): void
  /**
   * After it: throws, naming the op, unless the step's own numbers (`finite`) and all of the new
   * state are finite.
   */
  examine(
    finite: boolean,
    step: { readonly batches: readonly HostBatch[]; readonly rates: Rates },
  ): Promise<void>
  dispose(): Promise<void>
}

export async function compileReplay(
  backend: Backend,
  model: PretrainModel,
  state: TrainState,
  options: StepperOptions,
): Promise<Replay> {
  const { learningRate: _, weightDecay: __, ...specs } = stateSpecs(model, options)
  const { copy, measure } = await compileParts(backend, specs)
  let kept: TrainState | undefined
  const stateIsFinite = async () => {
    const { size } = measure.run({ state } as never) as { size: DeviceArray }
    return Number.isFinite(await size.item().finally(() => size.dispose()))
  }
  return {
    remember() {
      kept ??= zeros(backend, specs) as unknown as TrainState
      copy.run({ state, kept } as never)
    },
    async examine(finite, { batches, rates }) {
      if (finite && (await stateIsFinite())) return
      const find = options.accumulate > 1 ? inAccumulated : inWhole
      throw explained(await find(backend, model, options, { ...kept!, batches, rates }))
    },
    async dispose() {
      if (kept) disposeAll(kept)
      await Promise.all([copy.dispose(), measure.dispose()])
    },
  }
}

type StateSpecs = Omit<ReturnType<typeof stateSpecs>, "learningRate" | "weightDecay">

/** What copies a state, and what measures it. */
async function compileParts(backend: Backend, specs: StateSpecs) {
  const copy = await compile(backend, ({ state }) => ({ kept: state }), {
    specs: { state: specs, kept: specs },
    donate: ["kept"],
    name: "keep state",
  })
  try {
    const measure = await compile(backend, ({ state }) => ({ size: sizeOfAll(state) }), {
      specs: { state: specs },
      name: "measure state",
    })
    return { copy, measure }
  } catch (error) {
    await copy.dispose()
    throw error
  }
}

/** The sum of all mean absolute values: not finite where one element is not. */
const sizeOfAll = (state: unknown): Tensor =>
  flatten(state as Tree<Tensor>, isTensor)
    .map(([, t]) => sum(mul(abs(t), 1 / t.size)))
    .reduce((a, b) => add(a, b))

interface Step extends TrainState {
  readonly batches: readonly HostBatch[]
  readonly rates: Rates
}

function inWhole(
  backend: Backend,
  model: PretrainModel,
  { batch, counts, ...options }: StepperOptions,
  { batches, rates, ...state }: Step,
): Promise<NonFinite | undefined> {
  const how = { ...options, exposeGrads: true }
  const { trace, specs } = trainStep(model, model.batchSpecs(batch, counts), how)
  const values = { ...state, batch: batches[0], ...rates }
  return firstNonFinite(backend, trace, { specs, values: values as never })
}

async function inAccumulated(
  backend: Backend,
  model: PretrainModel,
  { batch, counts, ...options }: StepperOptions,
  { batches, rates, ...state }: Step,
): Promise<NonFinite | undefined> {
  const part = accumulatePart(model, model.batchSpecs(batch, counts))
  const accumulate = await compilePart(backend, part)
  const total = zeros(backend, accumulatedSpecs(model))
  try {
    for (const batch of batches) {
      const values = { params: state.params, total, batch }
      const given = { specs: part.specs, values: values as never }
      const found = await firstNonFinite(backend, part.trace, given)
      if (found) return found
      accumulate.run(values)
    }
    const { trace, specs } = applyPart(model, options)
    const values = { ...state, total, ...rates }
    return await firstNonFinite(backend, trace, { specs, values: values as never })
  } finally {
    disposeAll(total)
    await accumulate.dispose()
  }
}

function explained(found: NonFinite | undefined): TubeletError {
  if (found === undefined) {
    return new TubeletError(
      "a step gave numbers that are not finite, but its replay, op by op, does not",
      "a sum may overflow in another order: lower the learning rate, or clip gradients",
    )
  }
  const { op, site, toward, inputs, element } = found
  if (element !== undefined) {
    return new TubeletError(
      `${toward} was not finite before the step: element ${element} is the first`,
      "look at the weights that the run began with, or resume from an earlier checkpoint",
    )
  }
  const sizes = inputs.map((size) => size.toPrecision(3)).join(", ")
  return new TubeletError(
    `${op} is the first op to give numbers that are not finite, on the way to ${toward}; its ` +
      `inputs are finite, of mean size ${sizes} (${site})`,
    "lower the learning rate, clip gradients, or look at the clip",
  )
}
