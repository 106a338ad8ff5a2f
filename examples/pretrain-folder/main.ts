// Pre-trains VideoMAE V2 on a folder of clips: npx jiti main.ts [FOLDER] [STEPS]
import { cpuBackend } from "@tubelet/backend-cpu"
import { pretrainFolder } from "./folder.js"

const [data = "examples/clips", steps = "50"] = process.argv.slice(2)
const backend = await cpuBackend()
const out = "out/pretrain-folder"
for await (const result of pretrainFolder({ backend, data, steps: Number(steps), out })) {
  const { step, loss, samplesPerSecond } = result
  console.log(`${step}  loss ${loss.toFixed(4)}  ${samplesPerSecond.toFixed(1)} samples/s`)
}
await backend.dispose()
