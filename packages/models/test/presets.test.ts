import { sizeOf } from "@tubelet/core"
import { describe, expect, test } from "vitest"
import { classifierMacs, finetuneFlops, forwardMacs, stepFlops } from "../src/flops/index.js"
import {
  classifierConfig,
  classifierModel,
  defineTarget,
  presetConfig,
  presets,
  pretrainModel,
  targetNamed,
} from "../src/index.js"

const parameters = (name: string): number =>
  Object.values(pretrainModel(presetConfig(name)).specs).reduce((n, s) => n + sizeOf(s.shape), 0)

describe("presets", () => {
  test.each([
    ["videomae-s", 24_029_376],
    ["videomae-b", 94_210_944],
    ["videomae-l", 342_996_992],
    ["videomae-h", 692_487_296],
    ["videomaev2-s", 24_029_376],
    ["videomaev2-b", 94_210_944],
    ["videomaev2-l", 317_782_016],
    ["videomaev2-h", 645_659_392],
    ["videomaev2-g", 1_026_306_560],
    ["mae-b", 111_907_840],
    ["mae-l", 329_541_888],
    ["mae-h", 657_074_508],
  ])("%s has as many parameters as the authors': %d", (name, count) => {
    expect(parameters(name)).toBe(count)
  })

  test("g's decoder has the odd width that its MLP ratio of 48/11 implies", () => {
    expect(presets["videomaev2-g"].decoder.mlpHidden).toBe(2234)
    expect(presets["videomaev2-g"].encoder.mlpHidden).toBe(6144)
  })

  test("may be changed; the preset stays as it is", () => {
    expect(presetConfig("videomae-b", { frames: 8 })).toMatchObject({ frames: 8, patchSize: 16 })
    expect(presetConfig("videomae-b").frames).toBe(16)
  })

  test("an unknown name lists the known ones", () => {
    expect(() => presetConfig("videomae-xl")).toThrow(
      /unknown model "videomae-xl".*mae-b.*videomae-s.*videomaev2-g/s,
    )
  })

  test("a size that patches do not divide is rejected when the model is built", () => {
    expect(() => pretrainModel(presetConfig("videomae-b", { imageSize: 100 }))).toThrow(
      /16 frames of 100 pixels cannot be cut into 2 x 16 x 16/,
    )
    expect(() => pretrainModel(presetConfig("videomae-b", { frames: 15 }))).toThrow(/15 frames/)
  })
})

describe("targets", () => {
  test("pixels are as wide as a token", () => {
    const width = (name: string) => targetNamed("normalised").width(presetConfig(name))
    expect(width("videomae-b")).toBe(1536)
    expect(width("videomaev2-g")).toBe(1176)
    expect(width("mae-b")).toBe(768)
    expect(width("mae-h")).toBe(588)
  })

  test("a custom one sets the width of the decoder's head", () => {
    const brightness = defineTarget({
      name: "two",
      width: () => 2,
      compute: ({ tokens }) => tokens,
    })
    const { specs } = pretrainModel(presetConfig("videomae-ti"), { target: brightness })
    expect(specs["decoder.head.weight"].shape).toEqual([2, 96])
    expect(specs["decoder.head.bias"].shape).toEqual([2])
  })

  test("an unknown name lists the known ones", () => {
    expect(() => targetNamed("sound")).toThrow(/unknown target "sound".*pixels or normalised/s)
  })
})

describe("GMACs of a forward pass match the papers", () => {
  const tokens = { b: [160, 1568], g: [208, 2048] } as const

  // Patch embedding of all tokens, encoder, projection, decoder, head; and their sum.
  test.each([
    ["b", 1408, [1.85, 14.06, 0.05, 18.65, 0.83], 35.44],
    ["b", 1176, [1.85, 14.06, 0.05, 14.94, 0.69], 31.59],
    ["b", 784, [1.85, 14.06, 0.05, 9.42, 0.46], 25.84],
    ["b", 392, [1.85, 14.06, 0.05, 4.84, 0.23], 21.03],
    ["g", 1840, [3.39, 214.8, 0.15, 44.51, 1.11], 263.96],
    ["g", 1024, [3.39, 214.8, 0.15, 22.66, 0.62], 241.61],
  ] as const)("videomaev2-%s, %d targets", (size, targets, parts, total) => {
    const [visible, all] = tokens[size]
    const macs = forwardMacs(presetConfig(`videomaev2-${size}`), { visible, targets })
    // They embed every token and drop most; we embed only what the encoder sees.
    const embed = (macs.embed * all) / visible
    const theirs = [embed, macs.encoder, macs.project, macs.decoder, macs.head]
    for (const [i, part] of parts.entries()) expect(theirs[i] / 1e9).toBeCloseTo(part, 2)
    expect(theirs.reduce((a, b) => a + b) / 1e9).toBeCloseTo(total, 2)
  })

  test.each([
    ["mae-b", 49, 147, 9.8],
    ["mae-l", 49, 147, 20.8],
    ["mae-h", 64, 192, 48.6],
  ] as const)("%s", (name, visible, targets, total) => {
    const macs = forwardMacs(presetConfig(name), { visible, targets })
    const all = visible + targets
    // They also predict visible tokens.
    const more = macs.embed * (all / visible - 1) + macs.head * (all / targets - 1)
    const sum = Object.values(macs).reduce((a, b) => a + b)
    expect((sum + more) / 1e9).toBeCloseTo(total, 1)
    expect(stepFlops(presetConfig(name), { visible, targets })).toBe(6 * sum)
  })
})

describe("a classifier of 400 classes", () => {
  test("on ViT-B has as many parameters as the authors log", () => {
    const { specs } = classifierModel(classifierConfig("videomaev2-b", { classes: 400 }))
    expect(Object.values(specs).reduce((n, s) => n + sizeOf(s.shape), 0)).toBe(86_534_800)
  })

  test.each([
    ["videomae-s", 56.9],
    ["videomae-b", 180.3],
    ["videomae-l", 596.8],
    ["videomaev2-h", 1191],
    ["videomaev2-g", 2543],
  ] as const)("on %s takes %d GMACs", (name, gmacs) => {
    const config = classifierConfig(name, { classes: 400 })
    const macs = Object.values(classifierMacs(config)).reduce((a, b) => a + b)
    expect(Math.abs(macs / 1e9 - gmacs)).toBeLessThan(0.3)
    expect(finetuneFlops(config)).toBe(6 * macs)
  })
})
