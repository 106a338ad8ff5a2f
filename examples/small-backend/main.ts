// Prints the kernels of a small network and trains it on this backend: npx jiti main.ts [STEPS]
import { schedule } from "@tubelet/core/schedule"
import { smallBackend } from "./backend.js"
import { javascript } from "./dialect.js"
import { printKernel } from "./kernels.js"
import { compileStep, train } from "./train.js"

const backend = smallBackend()
const { graph } = await compileStep(backend)
const kernels = schedule(graph).kernels.map((kernel) => printKernel(kernel, javascript))
for (const [i, { source }] of kernels.entries()) console.log(`// kernel ${i + 1}\n${source}\n`)

const losses = await train(backend, Number(process.argv[2] ?? 500))
for (const [i, loss] of losses.entries()) {
  if ((i + 1) % 50 === 0) console.log(`step ${i + 1}  loss ${loss.toFixed(4)}`)
}
