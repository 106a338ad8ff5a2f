import { conformanceCases } from "@tubelet/core/testing"
import { describe, test } from "vitest"
import { CpuBackend } from "../src/backend.js"
import { nodeEngine } from "../src/engine/node.js"

const engine = await nodeEngine({ threads: 2 })

describe.each([
  ["in one piece", new CpuBackend(engine)],
  // A stage for almost every gradient: what crosses a cut must not change a number.
  ["in many stages", new CpuBackend(engine, 1)],
])("the CPU backend conforms %s", (_, backend) => {
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})
