import { referenceBackend } from "@tubelet/core/testing"
import { defineMasking } from "@tubelet/masking"
import { defineTarget, type PretrainConfig, pretrainModel, targetNamed } from "@tubelet/models"
import { describe, expect, test } from "vitest"
import { baselines, memoryClips } from "../src/index.js"
import { noiseClips, tinyConfig, tinyMasks } from "./tiny.js"

/** Shows these tokens. */
const showing = (...visible: number[]) => ({
  encoder: {
    masking: defineMasking({
      name: "showing",
      keep: () => visible.length,
      sample: () => Int32Array.from(visible),
    }),
    ratio: 0,
  },
})

/** Grey pixels, in the order of the clip. */
const grey = (...levels: number[]) =>
  Uint8Array.from(levels.flatMap((level) => Array(3).fill(level)))

/** Two frames of 2 x 2 patches of one pixel. */
const dots: PretrainConfig = {
  ...tinyConfig("videomae"),
  ...{ imageSize: 2, patchSize: 1, frames: 2, tubelet: 1 },
}

const score = (
  config: PretrainConfig,
  target: string,
  given: Pick<Parameters<typeof baselines>[0], "masks"> & { clip: Uint8Array },
) =>
  baselines({
    model: pretrainModel(config, { target: targetNamed(target) }),
    ...{ masks: given.masks, data: memoryClips([given.clip]), backend: referenceBackend() },
  })

describe("pixels", () => {
  // 2 x 2 pixels: tokens 0 1 / 2 3, in the second frame 4 5 / 6 7. In units of 51 (0.2):
  const clip = grey(...[0, 1, 2, 3, 1, 1, 5, 3].map((level) => 51 * level))

  test("a copy is the same place in another frame", async () => {
    const found = await score(dots, "pixels", { masks: showing(0, 1, 2, 3), clip })
    // Changes by 1, 0, 3, 0; the mean is 2, from which 4 to 7 differ by -1, -1, 3, 1.
    expect(found.staticCopy).toBeCloseTo((0.04 * (1 + 9)) / 4, 6)
    expect(found.meanColour).toBeCloseTo((0.04 * (1 + 1 + 9 + 1)) / 4, 6)
    expect(found.samples).toBe(1)
  })

  test("or, if that is hidden in all frames, the nearest place in the nearest frame", async () => {
    // Left column seen: 1 copies 0, 3 copies 2, 5 copies 4, 7 copies 6.
    const found = await score(dots, "pixels", { masks: showing(0, 2, 4, 6), clip })
    expect(found.staticCopy).toBeCloseTo((0.04 * (1 + 1 + 0 + 4)) / 4, 6)
  })

  test("what the decoder predicts but the encoder sees does not count", async () => {
    const rules = {
      ...showing(0, 1, 2, 3),
      decoder: showing(3, 6).encoder,
    }
    const found = await score(dots, "pixels", { masks: rules, clip })
    expect(found.staticCopy).toBeCloseTo(0.04 * 9, 6)
  })
})

test("normalised pixels are compared after normalisation", async () => {
  // Two frames of one patch of 2 x 2: 0 0 1 1, then 4 4 2 2, whose normalised values are -0.866
  // and 0.866, then the same with the signs changed.
  const config = { ...dots, patchSize: 2 }
  const clip = grey(...[0, 0, 1, 1, 4, 4, 2, 2].map((level) => 51 * level))
  const found = await score(config, "normalised", { masks: showing(0), clip })
  expect(found.meanColour).toBeCloseTo(0.75, 4)
  expect(found.staticCopy).toBeCloseTo(3, 4)
})

/** Bytes that NumPy generates too. */
function bytes(count: number): Uint8Array {
  let x = 1
  return Uint8Array.from({ length: count }, () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff
    return x >> 16
  })
}

// Computed in float64 with NumPy from the definitions of the targets.
describe("equal to NumPy's values", () => {
  const config = { ...tinyConfig("videomaev2"), imageSize: 4, patchSize: 2 }
  // Of the tokens 1 3 5 6 that are predicted, 5 is seen; 1 and 3 copy 5, and 6 copies 0.
  const masks = { ...showing(0, 5), decoder: showing(1, 3, 5, 6).encoder }
  const clip = bytes(4 * 4 * 4 * 3)

  test.each([
    ["pixels", 0.07702872, 0.14135503],
    ["normalised", 0.87499338, 1.52032527],
  ])("videomaev2, %s", async (target, meanColour, staticCopy) => {
    const found = await score(config, target, { masks, clip })
    expect(found.meanColour).toBeCloseTo(meanColour, 5)
    expect(found.staticCopy).toBeCloseTo(staticCopy, 5)
  })

  test("mae: an image has no static copy", async () => {
    const image = { ...tinyConfig("mae"), imageSize: 4, patchSize: 2 }
    const found = await score(image, "normalised", { masks: showing(1), clip: bytes(4 * 4 * 3) })
    expect(found.meanColour).toBeCloseTo(0.69256466, 5)
    expect(found).toEqual({ meanColour: found.meanColour, samples: 1 })
  })
})

test("the mean is over several clips; noise cannot be copied", async () => {
  const config = tinyConfig("videomaev2")
  const data = memoryClips(noiseClips(5, config))
  const { meanColour, staticCopy, samples } = await baselines({
    ...{ model: pretrainModel(config), masks: tinyMasks("videomaev2"), data, clips: 2 },
    backend: referenceBackend(),
  })
  expect(samples).toBe(2)
  // Of independent values, a copy has twice the variance.
  expect(staticCopy! / meanColour).toBeGreaterThan(1.7)
  expect(staticCopy! / meanColour).toBeLessThan(2.3)
})

test("a target without colours is refused", async () => {
  const width = () => 5
  const other = defineTarget({ ...targetNamed("pixels"), name: "other", width })
  const model = pretrainModel(dots, { target: other })
  const data = memoryClips([grey(0)])
  const refused = baselines({ model, masks: showing(0), data, backend: referenceBackend() })
  await expect(refused).rejects.toThrow(/"other" cannot be shown/)
})
