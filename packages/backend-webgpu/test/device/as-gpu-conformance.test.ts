import { conformanceCases } from "@tubelet/core/testing"
import { afterAll, describe, test } from "vitest"
import { gpuBackend } from "../support/as-gpu.js"

const backend = await gpuBackend()
afterAll(() => backend.dispose())

/** The samples of single ops are so small that a GPU would choose the same for most. */
describe("with what only a GPU would choose it conforms", () => {
  for (const c of conformanceCases().filter(({ name }) => name.startsWith("plan")))
    test(c.name, () => c.run(backend))
})
