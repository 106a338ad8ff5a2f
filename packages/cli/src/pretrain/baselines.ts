import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Backend, DeviceLostError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"
import { type Baselines, baselines, type StepResult } from "@tubelet/train"
import type { Plan } from "./plan.js"

/** What a run has besides its plan. */
export interface Running {
  /** The backend, which changes when a device is lost. */
  readonly backend: () => Backend
  readonly notice: (line: string) => void
}

/**
 * After the first step, computes the baselines of the loss, prints them and stores them. A run does
 * not end because of them.
 */
export async function* withBaselines(
  steps: AsyncIterable<StepResult>,
  plan: Plan,
  { backend, notice }: Running,
) {
  const file = join(plan.out, "baselines.json")
  let due: boolean | undefined
  for await (const result of steps) {
    // A killed run may have left those of other settings, but none that can be resumed.
    due ??= result.step === 1 || !existsSync(file)
    if (due) {
      try {
        const found = await baselinesOf(plan, backend())
        await writeText(file, `${JSON.stringify(found, null, 2)}\n`)
        notice(shown(found))
        due = false
      } catch (error) {
        // On a lost device, the run opens another, and they are computed there.
        due = error instanceof DeviceLostError
        if (!due) notice(`no baseline losses: ${(error as Error).message}`)
      }
    }
    yield result
  }
}

const baselinesOf = ({ model, masks, data, recipe: { seed } }: Plan, backend: Backend) =>
  baselines({ ...{ model, masks, backend, seed }, data: data! })

function shown({ meanColour, staticCopy }: Baselines): string {
  const colour = `${meanColour.toFixed(4)} for the mean colour of each clip`
  const copy = staticCopy?.toFixed(4)
  const copied = copy ? `, ${copy} for a copy of the nearest visible patch` : ""
  return `baseline losses: ${colour}${copied}`
}
