import { webgpuBackend } from "@tubelet/backend-webgpu"
import { compileSmallStep } from "./step.mjs"
import { configs } from "./transformer.mjs"
const backend = await webgpuBackend()
const step = await compileSmallStep(backend, configs.tiny, { profile: true })
for (let i = 0; i < 5; i++) await step.run()
const rows = await step.profile()
let total = 0
for (const { kernel, calls, seconds, bytes, flops } of rows) {
  total += seconds / 5
  console.log((1000 * seconds / 5).toFixed(2).padStart(8), String(calls / 5).padStart(4), (flops / seconds / 1e9).toFixed(2).padStart(6), (bytes/seconds/1e9).toFixed(2).padStart(6), kernel)
}
console.log(total * 1000, step.costs?.())
await step.dispose(); await backend.dispose()
