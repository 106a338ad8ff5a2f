import { conformanceCases } from "@tubelet/core/testing"
import { describe, test } from "vitest"
import { cpuBackend } from "../src/index.js"

const backend = await cpuBackend({ threads: 1 })

describe("conformance", () => {
  for (const { name, run } of conformanceCases()) test(name, () => run(backend))
})
