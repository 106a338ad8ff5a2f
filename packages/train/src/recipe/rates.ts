import type { System } from "@tubelet/models"
import type { Rates } from "../step/plan.js"
import { type Decays, decaysMae, decaysVideo } from "./parameter-groups.js"
import type { Resolved } from "./recipe.js"
import { cosineSchedule, maeLearningRate, type Schedule } from "./schedule.js"

/** The learning rate of each step, on the schedule of the model family's authors. */
export function learningRates(system: System, recipe: Resolved): Schedule {
  const {
    steps,
    warmup: warmupSteps,
    stepsPerEpoch,
    learningRate: base,
    minLearningRate: min,
  } = recipe
  if (system !== "mae") return cosineSchedule({ base, final: min, steps, warmupSteps })
  const spans = { warmupEpochs: warmupSteps / stepsPerEpoch, epochs: steps / stepsPerEpoch }
  return (step) => maeLearningRate(step / stepsPerEpoch, { base, min, ...spans })
}

interface Decay {
  readonly weightDecay: number
  readonly weightDecayEnd?: number
  readonly steps: number
}

/** The weight decay of each step. */
export function weightDecays({ weightDecay, weightDecayEnd, steps }: Decay): Schedule {
  if (weightDecayEnd === undefined) return () => weightDecay
  return cosineSchedule({ base: weightDecay, final: weightDecayEnd, steps })
}

/** The rates of each step of a run. */
export function stepRates(system: System, recipe: Resolved & Decay): (step: number) => Rates {
  const learningRate = learningRates(system, recipe)
  const weightDecay = weightDecays(recipe)
  return (step) => ({ learningRate: learningRate(step), weightDecay: weightDecay(step) })
}

/** Which parameters have weight decay. */
export const decayRule = (system: System): Decays => (system === "mae" ? decaysMae : decaysVideo)
