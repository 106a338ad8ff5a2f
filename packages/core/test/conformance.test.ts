import { describe, test } from "vitest"
import { conformanceCases, referenceBackend } from "../src/testing/index.js"

describe("the reference backend conforms", () => {
  const backend = referenceBackend()
  for (const c of conformanceCases({ halves: ["f16", "bf16"] })) {
    test(c.name, () => c.run(backend))
  }
})
