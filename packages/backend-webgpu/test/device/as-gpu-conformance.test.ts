import { conformanceCases } from "@tubelet/core/testing"
import { afterAll, describe, test } from "vitest"
import { gpuBackend } from "../support/as-gpu.js"

const backend = await gpuBackend()
afterAll(() => backend.dispose())

/** Most op samples are too small for a GPU to choose differently. */
describe("with GPU-only choices it conforms", () => {
  for (const c of conformanceCases().filter(({ name }) => name.startsWith("plan")))
    test(c.name, () => c.run(backend))
})
