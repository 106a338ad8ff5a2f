import { existsSync } from "node:fs"
import { join } from "node:path"
import { readJsonObject } from "@tubelet/checkpoint"
import { bestName } from "@tubelet/train"
import { shortPath } from "../shell/short-path.js"
import { typed } from "../shell/typed.js"
import { percent } from "./scoreboard.js"

/** When the best weights of a run were scored, and their top-1 accuracy. */
export interface Best {
  readonly step: number
  readonly top1: number
}

/** The best weights in a run's folder, if any were scored. */
export async function bestIn(out: string): Promise<Best | undefined> {
  const file = join(out, bestName, "state.json")
  if (!existsSync(file)) return undefined
  const { step, top1 } = await readJsonObject(file)
  return { step: Number(step), top1: Number(top1) }
}

/** How to use what a run learned. */
export async function predicting(out: string): Promise<string> {
  const best = await bestIn(out)
  const folder = best ? join(out, bestName) : out
  const command = typed(`tubelet predict CLIP --checkpoint ${shortPath(folder)}`)
  if (!best) return `classify a clip: ${command}`
  const score = `step ${best.step}, top-1 ${percent(best.top1)}`
  return `classify a clip with the best weights (${score}): ${command}`
}
