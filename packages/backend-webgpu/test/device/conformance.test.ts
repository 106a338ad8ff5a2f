import { conformanceCases } from "@tubelet/core/testing"
import { describe, test } from "vitest"
import { webgpuBackend } from "../../src/index.js"
import { gpuBackend } from "../support/as-gpu.js"

const cases = conformanceCases({ halves: ["f16", "bf16"] })
const backend = await webgpuBackend()
const asGpu = await gpuBackend()

describe("the WebGPU backend conforms", () => {
  for (const c of cases) test(c.name, () => c.run(backend))
})

/** The samples of single ops are so small that a GPU would choose the same for most. */
describe("with what only a GPU would choose it conforms", () => {
  for (const c of cases.filter(({ name }) => name.startsWith("plan"))) {
    test(c.name, () => c.run(asGpu))
  }
})
