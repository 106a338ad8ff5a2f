import { conformanceCases } from "@tubelet/core/testing"
import { afterAll, describe, test } from "vitest"
import { webgpuBackend } from "../../src/index.js"

const backend = await webgpuBackend()
afterAll(() => backend.dispose())

describe("the WebGPU backend conforms", () => {
  for (const c of conformanceCases({ halves: ["f16", "bf16"] })) test(c.name, () => c.run(backend))
})
