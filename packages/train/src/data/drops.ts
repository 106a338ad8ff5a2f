import { type Random, repeatRandom } from "@tubelet/core/random"
import { type ClassifierModel, drawDrops } from "@tubelet/models"
import type { SampleKey } from "./clips.js"

/** The random stream of a sample's drops. */
export const dropsRandom = (seed: number, { epoch, index, repeat = 0 }: SampleKey): Random =>
  repeatRandom([seed, "drops", epoch, index], repeat)

/**
 * A batch's random factors of drop path and head dropout, in the order of its samples. They are
 * keyed by seed, epoch, sample and repeat, so the backend, the batch size and a resume do not
 * affect them.
 */
export function batchDrops(
  model: Pick<ClassifierModel, "config" | "drops">,
  { seed, samples }: { readonly seed: number; readonly samples: readonly SampleKey[] },
): ReturnType<typeof drawDrops> {
  const drawn = samples.map((sample) => drawDrops(model, dropsRandom(seed, sample)))
  const joined = (name: "dropPathFactors" | "headDropoutFactors") => {
    const rows = drawn.flatMap((drops) => drops[name] ?? [])
    const each = rows[0]?.length ?? 0
    const all = new Float32Array(rows.length * each)
    rows.forEach((row, i) => {
      all.set(row, i * each)
    })
    return all
  }
  const { dropPath, headDropout } = model.drops
  return {
    ...(dropPath > 0 && { dropPathFactors: joined("dropPathFactors") }),
    ...(headDropout > 0 && { headDropoutFactors: joined("headDropoutFactors") }),
  }
}
