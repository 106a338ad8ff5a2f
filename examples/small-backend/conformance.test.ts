import { conformanceCases } from "@tubelet/core/testing"
import { describe, test } from "vitest"
import { smallBackend } from "./backend.js"

describe("the small backend conforms", () => {
  const backend = smallBackend()
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})
