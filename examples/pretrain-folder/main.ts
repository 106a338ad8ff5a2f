// Pre-trains VideoMAE V2 on a folder of clips: tsx main.ts [FOLDER] [STEPS]
import { cpuBackend } from "@tubelet/backend-cpu"
import { presetConfig, pretrainModel } from "@tubelet/models"
import { pretrain } from "@tubelet/train"

const [data = "examples/clips", steps = "50"] = process.argv.slice(2)

// A preset with smaller clips, so that a laptop makes a step in about a second.
const model = pretrainModel(presetConfig("videomaev2-ti", { imageSize: 112, frames: 8 }))
const backend = await cpuBackend()

const run = pretrain({
  ...{ model, data, backend, steps: Number(steps), batch: 4, learningRate: 5e-4 },
  ...{ stride: 2, workers: 1, out: "out/pretrain-folder", resume: true },
})
for await (const { step, loss, samplesPerSecond } of run) {
  console.log(`${step}  loss ${loss.toFixed(4)}  ${samplesPerSecond.toFixed(1)} clips/s`)
}
await backend.dispose()
