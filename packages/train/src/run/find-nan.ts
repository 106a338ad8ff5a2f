import {
  abs,
  add,
  type Backend,
  compile,
  disposeAll,
  flatten,
  isTensor,
  mul,
  sum,
  type Tensor,
  type Tree,
  TubeletError,
  type Values,
} from "@tubelet/core"
import { firstNonFinite, type NonFinite } from "@tubelet/core/debug"
import { accumulatePart, applyPart } from "../step/accumulate.js"
import { type Rates, type StateSpecs, type StepPlan, stateSpecs } from "../step/plan.js"
import { compilePart, wholeStep } from "../step/step.js"
import { sumSpecs } from "../step/sums.js"
import type { TrainState } from "./state.js"
import { zeros } from "./upload.js"

/** Finds the op that broke a step by replaying it from the state before. */
export interface Replay<S> {
  /** Copies the state; called before a step. */
  remember(): void
  /**
   * Called after the step: throws, naming the op, unless the loss and gradient norm (`finite`) and
   * the new state are all finite.
   */
  examine(
    finite: boolean,
    step: { readonly batches: readonly Values<S>[]; readonly rates: Rates },
  ): Promise<void>
  dispose(): Promise<void>
}

export async function compileReplay<S>(
  backend: Backend,
  plan: StepPlan<S>,
  { state, accumulate }: { readonly state: TrainState; readonly accumulate: number },
): Promise<Replay<S>> {
  const specs = stateSpecs(plan.model, plan.step)
  const { copy, measure } = await compileParts(backend, specs)
  let kept: TrainState | undefined
  const stateIsFinite = async () => {
    const { size } = measure.run({ state: { ...state } })
    return Number.isFinite(await size.item().finally(() => size.dispose()))
  }
  return {
    remember() {
      kept ??= zeros(backend, specs)
      copy.run({ state: { ...state }, kept: { ...kept } })
    },
    async examine(finite, { batches, rates }) {
      if (finite && (await stateIsFinite())) return
      const find = accumulate > 1 ? inAccumulated : inWhole
      throw explained(await find(backend, plan, { state: kept!, batches, rates }))
    },
    async dispose() {
      if (kept) disposeAll(kept)
      await Promise.all([copy.dispose(), measure.dispose()])
    },
  }
}

/** Compiles a copy of the state, and a measure of its size. */
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

/** The sum of all mean absolute values; not finite if any element is not. */
const sizeOfAll = (state: unknown): Tensor =>
  flatten(state as Tree<Tensor>, isTensor)
    .map(([, t]) => sum(mul(abs(t), 1 / t.size)))
    .reduce((a, b) => add(a, b))

interface Step<S> {
  /** The state before the step. */
  readonly state: TrainState
  readonly batches: readonly Values<S>[]
  readonly rates: Rates
}

function inWhole<S>(
  backend: Backend,
  plan: StepPlan<S>,
  { batches, rates, state }: Step<S>,
): Promise<NonFinite | undefined> {
  const { trace, specs } = wholeStep(plan, { exposeGrads: true })
  const values = { ...state, batch: batches[0], ...rates }
  return firstNonFinite(backend, trace, { specs, values })
}

async function inAccumulated<S>(
  backend: Backend,
  plan: StepPlan<S>,
  { batches, rates, state }: Step<S>,
): Promise<NonFinite | undefined> {
  const { trace, specs, ...part } = accumulatePart(plan)
  const accumulate = await compilePart(backend, { trace, specs, ...part })
  const sums = zeros(backend, sumSpecs(plan.model))
  try {
    for (const batch of batches) {
      const values = { params: state.params, sums, batch }
      const found = await firstNonFinite(backend, trace, { specs, values })
      if (found) return found
      accumulate.run(values)
    }
    const apply = applyPart(plan)
    const values = { ...state, sums, ...rates }
    return await firstNonFinite(backend, apply.trace, { specs: apply.specs, values })
  } finally {
    disposeAll(sums)
    await accumulate.dispose()
  }
}

function explained(found: NonFinite | undefined): TubeletError {
  if (found === undefined) {
    return new TubeletError(
      "a step produced non-finite values, but replaying it op by op did not",
      "a sum may overflow in one order only: lower the learning rate, or clip gradients",
    )
  }
  const { op, site, toward, inputs, element } = found
  if (element !== undefined) {
    return new TubeletError(
      `${toward} was not finite before the step: element ${element} is the first`,
      "check the weights that the run started with, or resume from an earlier checkpoint",
    )
  }
  const sizes = inputs.map((size) => size.toPrecision(3)).join(", ")
  return new TubeletError(
    `${op} (${site}) is the first op with a non-finite result, while computing ${toward}; its ` +
      `inputs are finite, with mean absolute values ${sizes}`,
    "lower the learning rate, clip gradients, or check the clips",
  )
}
