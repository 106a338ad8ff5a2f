import { nameOf, resultOf } from "./context.mjs"
import { arms, order } from "./protocol.mjs"
import { missingFashion } from "./sets/fashion.mjs"

/** What one process runs: an arm with a seed. */
export function unitsOf({ seeds }) {
  return order.flatMap((arm) => {
    const own = arms[arm].once ? [seeds[0]] : seeds
    return own.map((seed) => ({ arm, seed, after: before(arm, seed, seeds) }))
  })
}

/** The units whose results this one reads: seed 0 chooses the rate, and PyTorch follows an arm. */
function before(arm, seed, [first]) {
  const { of, finetune = [] } = arms[arm]
  if (of) return [{ arm: of, seed }]
  return finetune.length > 0 && seed !== first ? [{ arm, seed: first }] : []
}

/** The units left out, with the reason: `torch` is why there is no PyTorch, if there is none. */
export function leftOut(units, torch) {
  const fashion = missingFashion()
  const reasonOf = ({ arm }) =>
    arms[arm].of ? torch : arms[arm].set === "fashion" ? fashion : undefined
  return new Map(
    units.flatMap((unit) => {
      const reason = reasonOf(unit)
      return reason ? [[nameOf(unit), reason]] : []
    }),
  )
}

/** CPU seconds on one quiet thread, from the step times of docs/evidence.md. */
export function expectedSeconds({ arm, seed }, { sets, seeds, rates }) {
  const { set, masks, system, times = 1, finetune = [], of, once } = arms[arm]
  const { pretraining, finetuning } = sets[set]
  const step = system === "videomaev2" ? 0.037 : set === "fashion" ? 0.105 : 0.045
  const labelledStep = set === "fashion" ? 0.218 : 0.109
  const runs = finetune.length + (seed === seeds[0] && !of ? rates.length - 1 : 0)
  return (
    5 +
    (once ? 60 : 0) +
    (masks ? step * pretraining.steps : 0) +
    (finetune.length > 0 ? runs * times * finetuning.steps * labelledStep : 0)
  )
}

/** Units without a result, in order. */
export const undone = (units, context, out) =>
  units.filter((unit) => !out.has(nameOf(unit)) && !resultOf(context, unit))
