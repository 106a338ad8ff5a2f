// Trains a small vision transformer with a custom head: npx jiti main.ts [STEPS]
import { referenceBackend } from "@tubelet/core/testing"
import { train } from "./train.js"

const [steps = "50"] = process.argv.slice(2)
let step = 0
// The interpreter is part of core and slow; any other backend works, such as @tubelet/backend-cpu.
for await (const loss of train(referenceBackend(), Number(steps))) {
  step += 1
  if (step % 10 === 0) console.log(`${step}  loss ${loss.toFixed(4)}`)
}
