import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import { increasingArguments, plainArguments } from "../src/augment/rand-augment/levels.js"
import { applyOps, opOf } from "../src/augment/rand-augment/ops.js"
import { parsePolicy } from "../src/augment/rand-augment/policy.js"
import { transformersOf } from "../src/augment/resolve.js"
import type { RgbFrames } from "../src/augment/transform.js"
import { cropFrames, type Size } from "../src/index.js"
import { goldenJson, goldenPixels, hasGolden } from "./golden.js"
import { madePicture } from "./made-picture.js"

const all = (size: Size) => ({ size, part: { x: 0, y: 0, ...size } })
const grey = [128, 128, 128] as const

describe.runIf(hasGolden)("as the authors' code", () => {
  const tensors = hasGolden ? goldenPixels() : new Map()
  const bytes = (name: string) => tensors.get(name)!.data as Uint8Array

  it.each([
    ["auto_contrast", "AutoContrast", 0],
    ["equalize", "Equalize", 0],
    ["invert", "Invert", 0],
    ["posterize_3", "Posterize", 3],
    ["solarize_100", "Solarize", 100],
    ["solarize_add_60", "SolarizeAdd", 60],
    ["brightness_1.3", "Brightness", 1.3],
    ["color_0.6", "Color", 0.6],
    ["contrast_1.4", "Contrast", 1.4],
    ["sharpness_1.7", "Sharpness", 1.7],
    ["rotate_17_bilinear", "Rotate", 17],
    ["rotate_-25_bicubic", "Rotate", -25],
    ["shear_x_0.2_bilinear", "ShearX", 0.2],
    ["shear_y_-0.15_bicubic", "ShearY", -0.15],
    ["translate_x_rel_0.2_bilinear", "TranslateXRel", 0.2],
    ["translate_y_rel_-0.31_bicubic", "TranslateYRel", -0.31],
  ] as const)("%s", (golden, name, argument) => {
    const size = { width: 32, height: 24 }
    const interpolation = golden.endsWith("bilinear") ? "bilinear" : "bicubic"
    const data = bytes("ra.src_u8").slice()
    const got = applyOps(data, all(size), [opOf[name](argument)], { interpolation, fill: grey })
    expect(got).toEqual(bytes(`ra.${golden}`))
  })

  it("maps levels to arguments", () => {
    const golden = goldenJson("rand_augment")
    const valuesOf = (op: string) =>
      golden.level_to_arg_without_random_sign.find((entry: { op: string }) => entry.op === op)
        .values
    for (const [set, table] of [
      [golden.set_plain, plainArguments],
      [golden.set_increasing, increasingArguments],
    ] as const) {
      // The increasing ops have the plain ones' names, and stand in the same order.
      const names = Object.keys(table) as (keyof typeof table)[]
      expect(set.map((op: string) => op.replace("Increasing", ""))).toEqual(names)
      for (const [i, op] of set.entries()) {
        for (const [level, [value]] of Object.entries<[number]>(valuesOf(op) ?? {})) {
          expect(table[names[i]](Number(level), 1), `${op} ${level}`).toBe(value)
        }
      }
    }
  })
})

/** Computed with Pillow 12.3: the first half of each result's SHA-1. */
const pillow = JSON.parse(readFileSync(new URL("pillow-ops.json", import.meta.url), "utf8"))

it.each(Object.keys(plainArguments) as (keyof typeof plainArguments)[])(
  "%s equals Pillow's",
  (op) => {
    const cases = pillow.filter((made: { op: string }) => made.op === op)
    expect(cases.length).toBe(5)
    for (const { argument, interpolation, width, height, kind, seed, fill, sha1 } of cases) {
      const size = { width, height }
      const data = madePicture(width, height, seed, kind)
      const got = applyOps(data, all(size), [opOf[op](argument)], { interpolation, fill })
      const digest = createHash("sha1").update(got).digest("hex").slice(0, 16)
      expect(digest, `${argument} ${width}x${height} ${kind} ${interpolation}`).toBe(sha1)
    }
  },
)

describe("RandAugment", () => {
  const size = { width: 24, height: 16 }
  const clip = () => {
    const frame = madePicture(24, 16, 3, "smooth")
    return { ...size, data: Uint8Array.of(...frame, ...frame) }
  }
  const augmented = async (policy: string, key: number) => {
    const [transformer] = await transformersOf([{ name: "rand-augment", policy }])
    return transformer.draw(size, 16, random(key)).apply(clip(), {}).data.slice()
  }

  it("does the same to every frame, and another thing for another key", async () => {
    const seen = new Set<string>()
    for (let key = 0; key < 40; key++) {
      const data = await augmented("rand-m7-n4-mstd0.5-inc1", key)
      expect(data.subarray(0, data.length / 2)).toEqual(data.subarray(data.length / 2))
      expect(await augmented("rand-m7-n4-mstd0.5-inc1", key)).toEqual(data)
      seen.add(data.join())
    }
    // One clip in sixteen gets no op.
    expect(seen.size).toBeGreaterThan(30)
  })

  it("applies each of its ops half of the time", async () => {
    let unchanged = 0
    for (let key = 0; key < 200; key++) {
      const data = await augmented("rand-m10-n1", key)
      if (Buffer.compare(data as Uint8Array, clip().data) === 0) unchanged++
    }
    expect(unchanged).toBeGreaterThan(80)
    expect(unchanged).toBeLessThan(130)
  })

  it("computes only what is wanted, the same as otherwise", async () => {
    const [transformer] = await transformersOf([
      { name: "rand-augment", policy: "rand-m9-n6-inc1" },
    ])
    for (let key = 0; key < 200; key++) {
      const draw = random("part", key)
      const [x, y] = [draw.integer(20), draw.integer(12)]
      const wanted = { x, y, width: 1 + draw.integer(24 - x), height: 1 + draw.integer(16 - y) }
      const [whole, part] = [{}, { wanted }].map(
        (use) =>
          transformer.draw(size, 16, random(key)).apply(clip(), use).data.slice() as Uint8Array,
      )
      expect(cropFrames(part, size, wanted), `${key}`).toEqual(cropFrames(whole, size, wanted))
    }
  })

  it("twice in a row does to the frames what each does alone", async () => {
    const policy = "rand-m9-n6-inc1"
    const [first, second] = await transformersOf([
      { name: "rand-augment", policy },
      { name: "rand-augment", policy },
    ])
    for (let key = 0; key < 40; key++) {
      const steps = [first, second].map((one, i) => one.draw(size, 16, random(key, i)))
      const made = (copies: boolean) =>
        steps.reduce((frames: RgbFrames, step) => {
          const next = step.apply(frames, {})
          return copies ? { ...next, data: next.data.slice() } : next
        }, clip())
      // What is made next uses the memory of these frames again.
      const row = made(false).data.slice()
      expect(row, `${key}`).toEqual(made(true).data)
    }
  })

  it("reads timm's notation", () => {
    const video = { ops: 4, magnitude: 7, deviation: 0.5, increasing: true }
    expect(parsePolicy("rand-m7-n4-mstd0.5-inc1")).toEqual(video)
    const image = { ops: 2, magnitude: 9, deviation: 0.5, increasing: true }
    expect(parsePolicy("rand-m9-mstd0.5-inc1")).toEqual(image)
    expect(parsePolicy("rand-m5")).toMatchObject({ deviation: 0, increasing: false })
    for (const wrong of ["augmix-m3", "rand-m9-w0", "rand-m11", "rand-n1.5", "rand-m"]) {
      expect(() => parsePolicy(wrong)).toThrow(`unknown RandAugment policy: ${wrong}\nwrite it as`)
    }
  })
})
