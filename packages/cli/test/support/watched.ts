import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { random } from "@tubelet/core/random"

/** Lines of a metrics.jsonl, as a run of fine-tuning writes them. */
export function logLines(steps: number, seed = 0, from = 1): string {
  const noise = random("log", seed)
  const lines = Array.from({ length: steps }, (_, i) => {
    const step = from + i
    const fall = Math.exp(-step / (60 + 20 * seed))
    const loss = 0.4 + fall + 0.05 * noise.uniform()
    const scores = { loss: loss + 0.2, top1: 0.9 - 0.8 * fall, top5: 1 - 0.5 * fall, skipped: 0 }
    return JSON.stringify({
      ...{ step, epoch: Math.floor(step / 50), loss, lr: 1e-3 * Math.min(1, step / 20) },
      ...{ gradNorm: 1 + noise.uniform(), samplesPerSecond: 40 + 4 * noise.uniform() },
      ...{ dataSeconds: 0.004 * noise.uniform(), seconds: 0.05 },
      ...(step % 25 === 0 && { scores }),
    })
  })
  return lines.map((line) => `${line}\n`).join("")
}

/** Writes the folder of a run with such a log. */
export async function makeRun(folder: string, steps: number, seed = 0): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "config.json"), JSON.stringify({ steps: 200 }))
  await writeFile(join(folder, "metrics.jsonl"), logLines(steps, seed))
}
