import { type Backend, disposeAll, type Spec } from "@tubelet/core"
import { compileAccumulatedStep } from "../step/accumulate.js"
import type { StepPlan } from "../step/plan.js"
import { type Sums, sumSpecs } from "../step/sums.js"
import type { Stepper } from "./stepper.js"
import { type Uploaded, zeros } from "./upload.js"

/** A step over several micro-batches; their gradients are summed on the device. */
export async function accumulatingStepper<S>(
  backend: Backend,
  plan: StepPlan<S>,
  options: { readonly onProgress?: (done: number) => void },
): Promise<Stepper<S>> {
  const { accumulate, apply } = await compileAccumulatedStep(backend, plan, options)
  let sums: Uploaded<Sums<Spec>> | undefined
  return {
    run(state, batches, rates) {
      sums ??= zeros(backend, sumSpecs(plan.model))
      for (const batch of batches) accumulate.run({ params: state.params, sums, batch })
      return apply.run({ ...state, sums, ...rates })
    },
    async dispose() {
      if (sums) disposeAll(sums)
      await Promise.all([accumulate.dispose(), apply.dispose()])
    },
  }
}
