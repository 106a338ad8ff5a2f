import { conformanceCases } from "@tubelet/core/testing"
import { describe, test } from "vitest"
import { CpuBackend } from "../src/backend.js"
import { nodeEngine } from "../src/engine/node.js"
import { wasmEngine } from "../src/engine/wasm.js"
import { threadTeam } from "../src/wasm/team.js"

const engine = await nodeEngine({ threads: 2 })
const wasm = wasmEngine(await import("onnxruntime-web"), 2)

describe.each([
  ["in one piece", new CpuBackend(engine, { team: threadTeam(2) })],
  // A part for almost every gradient: cuts must not change a number.
  ["in many parts", new CpuBackend(engine, { partBytes: 1 })],
  ["as WebAssembly", new CpuBackend(wasm)],
])("the CPU backend conforms %s", (_, backend) => {
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})
