import { handlePlans } from "./handle-plans.js"
import { infinityPlans } from "./infinity-plans.js"
import type { Plan } from "./plan.js"
import { trainingPlans } from "./training-plans.js"

export type { Plan } from "./plan.js"

/** Programs of several runs: training steps, and everything that can happen to handles. */
export const plans: readonly Plan[] = [...trainingPlans, ...handlePlans, ...infinityPlans]
