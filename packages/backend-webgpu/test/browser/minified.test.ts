// The bundle that pages load, with all names shortened.
import { backend_webgpu, core, masking, models } from "minified:everything"
import { conformanceCases, referenceBackend } from "minified:testing"
import { afterAll, describe, expect, test } from "vitest"

const backend = await backend_webgpu.webgpuBackend()
afterAll(() => backend.dispose())

describe("minified, the WebGPU backend conforms in a page", () => {
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})

const stack = { dim: 12, depth: 1, heads: 2, mlpHidden: 24 }
const sizes = { imageSize: 16, patchSize: 4, frames: 4, encoder: stack, decoder: stack }

/** Losses of a VideoMAE on one clip, by steps of gradient descent. */
async function losses(backend: Awaited<ReturnType<typeof backend_webgpu.webgpuBackend>>) {
  const model = models.pretrainModel(models.presetConfig("videomae-ti", sizes))
  const { grid } = model
  const visible = masking.keptCount(masking.tube, { grid, ratio: 0.75 })
  const counts = { visible, targets: masking.tokensOf(grid) - visible }
  const step = await core.compile(
    backend,
    ({ params, batch }) => {
      const loss = model.loss(params, batch)
      const { grads } = core.gradients(loss, params)
      const descended = Object.entries(params).map(([name, weight]) => [
        name,
        grads[name] ? core.sub(weight, core.mul(grads[name], 0.1)) : weight,
      ])
      return { loss, params: Object.fromEntries(descended) }
    },
    { specs: { params: model.specs, batch: model.batchSpecs(1, counts) }, donate: ["params"] },
  )
  const params = core.upload(backend, model.specs, model.initialise(0))
  const clips = Uint8Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => (i * i) % 256)
  const clip = masking.clipOf(clips, { frames: 4, height: 16, width: 16 })
  const found: number[] = []
  for (let epoch = 0; epoch < 4; epoch++) {
    const keys = { seed: 0, epoch, index: 0, clip }
    const kept = masking.drawMask(masking.tube, { grid, keep: visible, ...keys })
    const targets = masking.hiddenTokens(kept, masking.tokensOf(grid))
    const weight = new Float32Array(counts.targets).fill(1)
    const { loss } = step.run({ params, batch: { clips, visible: kept, targets, weight } })
    found.push(await loss.item())
  }
  await step.dispose()
  return found
}

test("minified, a VideoMAE trains to the interpreter's losses", async () => {
  const [found, expected] = [await losses(backend), await losses(referenceBackend())]
  expect(found[3]).toBeLessThan(found[0])
  found.forEach((loss, i) => {
    expect(Math.abs(loss / expected[i] - 1)).toBeLessThan(1e-4)
  })
})

test("minified, errors keep their names and the ops theirs", async () => {
  const x = core.spec("f32", [2, 3])
  const wrong = core.compile(backend, ({ x }) => ({ y: core.matmul(x, x) }), { specs: { x } })
  await expect(wrong).rejects.toThrow(/matmul/)
  await expect(wrong).rejects.toMatchObject({ name: "ShapeError" })
})

test("the code under test is minified", () => {
  expect(core.TubeletError.name).not.toBe("TubeletError")
  expect(core.compile.name).not.toBe("compile")
})
