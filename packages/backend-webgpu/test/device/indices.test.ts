import { compile, gatherTokens, mean, spec, type Traced } from "@tubelet/core"
import { firstNonFinite } from "@tubelet/core/debug"
import { expect, test } from "vitest"
import { webgpuBackend } from "../../src/index.js"

test("a loss over an out-of-bounds token is NaN, and its op is found", async () => {
  const backend = await webgpuBackend()
  const specs = { x: spec("f32", [2, 5, 8]), at: spec("i32", [2, 2]) }
  const f = ({ x, at }: Traced<typeof specs>) => ({
    loss: mean(gatherTokens(x, at)),
  })
  const x = new Float32Array(80).fill(0.5)
  const at = backend.upload(Int32Array.of(0, 4, 5, 1), specs.at)
  const { loss } = (await compile(backend, f, { specs })).run({ x, at })
  expect(await loss.item()).toBeNaN()
  const found = await firstNonFinite(backend, f, { specs, values: { x, at } })
  expect(found).toMatchObject({ op: "gatherTokens", toward: "loss" })
  expect(found!.site).toMatch(/indices\.test\.ts:\d+/)
  await backend.dispose()
})
