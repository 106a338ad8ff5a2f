import type { Graph } from "@tubelet/core"
import type { UpdateProgram } from "@tubelet/core/loops"

type Step = UpdateProgram["steps"][number]

/** When the inputs of an update are computed, and last read by anything but the update. */
export interface InputTimes {
  /** The stage that computes an input; -1 if it exists from the start. */
  made(input: number): number
  /** The last stage whose computation reads an input; -1 if none does. */
  lastRead(input: number): number
}

export interface UpdatePlan {
  /** The steps to run after each stage, in order. */
  readonly steps: readonly (readonly Step[])[]
  /** For each input of the update, the stage after which no step needs it. */
  readonly lastUse: readonly number[]
}

/**
 * Schedules each step of an update right after the first stage at which all its inputs exist and
 * nothing needs what it overwrites: a gradient is applied while it is in cache, and then freed.
 */
export function planUpdates(
  { steps, slots }: UpdateProgram,
  update: Graph,
  stages: number,
  { made, lastRead }: InputTimes,
): UpdatePlan {
  const plan: Step[][] = Array.from({ length: Math.max(1, stages) }, () => [])
  const slotReady = new Array<number>(slots).fill(0)
  const lastUse = new Array<number>(update.inputs.length).fill(-1)
  for (const step of steps) {
    const inputs = inputsOf(step)
    const overwritten = overwrittenBy(step, update)
    const at = Math.max(
      0,
      ...inputs.map(made),
      ...slotsOf(step).map((slot) => slotReady[slot]),
      // Earlier steps still read the old value; fusion has put them before this one.
      ...overwritten.flatMap((i) => [lastRead(i), lastUse[i]]),
    )
    for (const slot of filledBy(step)) slotReady[slot] = at
    for (const i of inputs) lastUse[i] = Math.max(lastUse[i], at)
    plan[at].push(step)
  }
  return { steps: plan, lastUse }
}

const inputsOf = (step: Step): number[] => {
  if (step.kind === "read") return [step.input]
  if (step.kind === "compute") return []
  return step.vectors.flatMap((v) => ("input" in v ? [v.input] : []))
}

const slotsOf = (step: Step): readonly number[] =>
  step.kind === "loop" ? step.scalars : step.kind === "compute" ? step.args : []

const filledBy = (step: Step): readonly number[] => (step.kind === "loop" ? step.sums : [step.slot])

const overwrittenBy = (step: Step, { outputs }: Graph): number[] =>
  step.kind === "loop" ? step.stores.flatMap((output) => outputs[output].into ?? []) : []
