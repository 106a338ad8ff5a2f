import { memoryClips, pretrain } from "@tubelet/train"
import { median } from "../bench/compare.mjs"
import { pretrainingOf } from "./models.mjs"
import { arms, pretraining } from "./protocol.mjs"
import { rgb } from "./sets/colour.mjs"

/**
 * CPU milliseconds of a pre-training step of two arms, measured in turns in one process, so that
 * whatever else the machine does affects both.
 */
export async function pace(names, { backend, set, settings, pace: { rounds, steps } }) {
  const clips = set.train.map(({ clip }) => rgb(clip))
  const { batch } = settings.pretraining
  const total = (rounds + 1) * steps
  const runs = names.map((name) => {
    const data = memoryClips(clips, { seed: 0 })
    const { model, masks } = pretrainingOf(arms[name])
    return pretrain({ model, masks, data, backend, batch, steps: total, ...pretraining })
  })
  const spent = runs.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, run] of runs.entries()) {
      const began = process.cpuUsage()
      for (let step = 0; step < steps; step++) await run.next()
      const { user, system } = process.cpuUsage(began)
      if (round > 0) spent[i].push((user + system) / 1000 / steps) // The first round compiles.
    }
  }
  for (const run of runs) await run.return()
  return Object.fromEntries(names.map((name, i) => [name, median(spent[i])]))
}
