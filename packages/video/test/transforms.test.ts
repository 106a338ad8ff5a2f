import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Random, random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import { transformersOf } from "../src/augment/resolve.js"
import { drawView, viewBytes } from "../src/clip/views.js"
import {
  cropFrames,
  imageCentre,
  load,
  type PixelType,
  publishedTransforms,
  type Transform,
  writePng,
} from "../src/index.js"
import { rowsInMemory } from "../src/resize/frame-rows.js"
import { goldenJson, goldenPixels, hasGolden } from "./golden.js"
import { madePicture } from "./made-picture.js"

interface Clip {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** What a recipe makes of frames in memory. */
async function view(
  { data, ...from }: Clip,
  transforms: readonly Transform[],
  { size, pixels = "u8", source = random("view") }: ViewOptions,
): Promise<Uint8Array | Float32Array> {
  const drawn = drawView(from, await transformersOf(transforms), { size, pixels }, source)
  const frames = data.length / (3 * from.width * from.height)
  const into = new Uint8Array(viewBytes({ frames, size, pixels }))
  const { x, y, ...part } = drawn.part
  const cropped = cropFrames(data, from, { x, y, ...part })
  drawn.make(rowsInMemory(cropped, part), drawn.part, into)
  return pixels === "f32" ? new Float32Array(into.buffer) : into
}

interface ViewOptions {
  readonly size: number
  readonly pixels?: PixelType
  readonly source?: Random
}

/** A clip of two frames. */
const made = (width: number, height: number, kind = "smooth"): Clip => {
  const frames = [11, 12].map((seed) => madePicture(width, height, seed, kind))
  return { width, height, data: Uint8Array.of(...frames[0], ...frames[1]) }
}

/** A random stream that gives these numbers in turn. */
function scripted(numbers: readonly number[]): Random {
  const left = [...numbers]
  const next = () => left.shift()!
  return { ...random("script"), uniform: next, integer: next, normal: next }
}

const ops = [
  ...["AutoContrast", "Equalize", "Invert", "Rotate", "Posterize", "Solarize", "SolarizeAdd"],
  ...["Color", "Contrast", "Brightness", "Sharpness", "ShearX", "ShearY"],
  ...["TranslateXRel", "TranslateYRel"],
]

describe("fine-tuning clips", () => {
  /** Every 61st value, computed with Pillow 12.3 and PyTorch 2.13 in the authors' order. */
  const golden = JSON.parse(readFileSync(new URL("finetune-clips.json", import.meta.url), "utf8"))

  it.each([0, 1])("equal Pillow's and PyTorch's for the same draws: %i", async (i) => {
    const { ops: drawn, rrc, flip, erase, values } = golden[i]
    const numbers = [
      ...drawn.flatMap(([op, normal, sign, on]: [string, number, number, number]) => [
        ...[ops.indexOf(op), normal, sign < 0 ? 0.1 : 0.9, on ? 0.1 : 0.9],
      ]),
      ...rrc,
      flip ? 0.1 : 0.9,
      ...(erase ? [0.1, ...erase] : [0.9]),
    ]
    const transforms = [
      ...publishedTransforms["video-finetune"].slice(0, -1),
      { name: "random-erasing", mode: "const" },
    ] as const
    const options = { size: 32, pixels: "f32", source: scripted(numbers) } as const
    const clip = await view(made(64, 48), transforms, options)
    expect(clip.length).toBe(2 * 32 * 32 * 3)
    const picked = [...clip].filter((_, at) => at % 61 === 0)
    const worst = Math.max(...picked.map((value, at) => Math.abs(value - values[at])))
    expect(worst).toBeLessThan(1e-6)
  })

  it("give the same for a pending normalisation as for a finished one", async () => {
    const lists = [["flip"], []].map((between) => [
      ...(["normalise", { name: "random-resized-crop", scale: [0.3, 0.5] }] as const),
      ...(between as Transform[]),
    ])
    for (const list of lists) {
      const settling: Transform[] = [
        "normalise",
        { name: "random-erasing", probability: 0 },
        ...list.slice(1),
      ]
      const options = { size: 24, pixels: "f32" } as const
      const draws = random("same")
      // The erasing that settles the pixels draws one number of its own.
      const source = { ...draws, uniform: onceThen(0.9, draws.uniform) }
      const expected = await view(made(40, 30), list, { ...options, source: random("same") })
      expect(await view(made(40, 30), settling, { ...options, source })).toEqual(expected)
    }
  })
})

function onceThen(first: number, rest: () => number): () => number {
  let fresh = true
  return () => {
    if (!fresh) return rest()
    fresh = false
    return first
  }
}

describe.runIf(hasGolden)("normalised clips as the authors' code", () => {
  const tensors = hasGolden ? goldenPixels() : new Map()
  const pixels = hasGolden ? goldenJson("pixels") : {}
  /** A golden clip [3, frames, height, width] as [frames, height, width, 3]. */
  const interleaved = (name: string): Float32Array => {
    const planes = tensors.get(name)!.data as Float32Array
    const plane = planes.length / 3
    return planes.map((_, i) => planes[(i % 3) * plane + Math.floor(i / 3)])
  }

  it("for pre-training on videos", async () => {
    expect(pixels.group_multi_scale_crop_cases.length).toBe(8)
    for (const {
      key,
      image_w_h,
      input_size,
      choice_indices,
    } of pixels.group_multi_scale_crop_cases) {
      const [width, height] = image_w_h
      const clip = { width, height, data: tensors.get(`${key.slice(0, 5)}.frames_u8`)!.data }
      const source = scripted(choice_indices)
      const options = { size: input_size, pixels: "f32", source } as const
      const got = await view(clip, ["multi-scale-crop", "normalise"], options)
      expect(got, key).toEqual(interleaved(`${key}.normalised`))
    }
  })

  it("for pre-training on images", async () => {
    for (const { key, size } of pixels.mae_cases) {
      const clip = { width: size, height: size, data: tensors.get(`${key}.u8`)!.data }
      const got = await view(clip, ["normalise"], { size, pixels: "f32" })
      expect(got, key).toEqual(interleaved(`${key}.normalised`))
    }
  })
})

describe.runIf(hasGolden)("evaluation clips as the authors' code", () => {
  const tensors = hasGolden ? goldenPixels() : new Map()
  const bytes = (name: string) => tensors.get(name)!.data as Uint8Array
  const from = { width: 40, height: 30 }

  it("resizes, crops the centre and normalises", async () => {
    const transforms = [{ name: "resize", scale: 24 / 20 }, "centre-crop", "normalise"] as const
    const clip = { ...from, data: bytes("val.frames_u8") }
    const got = await view(clip, transforms, { size: 20, pixels: "f32" })
    const golden = tensors.get("val.out")!.data
    const plane = 2 * 20 * 20
    const at = (i: number) => (i % 3) * plane + Math.floor(i / 3)
    const distances = [...got].map((value, i) => Math.abs(value - golden[at(i)]))
    expect(Math.max(...distances)).toBeLessThan(5e-7)
  })

  it("crops three squares along the longer side", async () => {
    const resized = bytes("resize_clip.short24")
    const first = resized.subarray(0, resized.length / 2)
    for (const crop of [0, 1, 2]) {
      const transforms = ["resize", { name: "side-crop", crops: 3, crop }] as const
      const got = await view({ ...from, data: bytes("resize.src_u8") }, transforms, { size: 24 })
      const part = { x: 4 * crop, y: 0, width: 24, height: 24 }
      expect(got).toEqual(cropFrames(first, { width: 32, height: 24 }, part))
    }
  })
})

describe("single transforms", () => {
  it("flip with their probability", async () => {
    const clip = made(16, 16)
    const [always, never] = await Promise.all(
      [1, 0].map((probability) => view(clip, [{ name: "flip", probability }], { size: 16 })),
    )
    expect(never).toEqual(clip.data)
    for (const x of [0, 7, 15]) {
      expect([...always.subarray(3 * x, 3 * x + 3)]).toEqual([
        ...clip.data.subarray(3 * (15 - x), 3 * (15 - x) + 3),
      ])
    }
  })

  it("erase the same box of all frames with normal noise", async () => {
    const clip = made(32, 32, "flat")
    const options = { size: 32, pixels: "f32" } as const
    const list: Transform[] = ["normalise", { name: "random-erasing", probability: 1 }]
    const plain = await view(clip, ["normalise"], options)
    const shares: number[] = []
    const noise: number[] = []
    for (let key = 0; key < 60; key++) {
      const erased = await view(clip, list, { ...options, source: random(key) })
      const half = erased.length / 2
      const changed = [...erased].map((value, i) => value !== plain[i])
      expect(changed.slice(0, half)).toEqual(changed.slice(half))
      expect(erased.subarray(0, half)).not.toEqual(erased.subarray(half))
      shares.push(changed.filter(Boolean).length / erased.length)
      noise.push(...[...erased].filter((_, i) => changed[i]))
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.01)
    expect(Math.max(...shares)).toBeLessThan(0.36)
    const mean = noise.reduce((a, b) => a + b) / noise.length
    const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.03)
  })

  it("erase with one colour, or several boxes", async () => {
    const options = { size: 32, pixels: "f32", source: random(4) } as const
    const list = (more: object) => [
      "normalise" as const,
      { name: "random-erasing" as const, probability: 1, ...more },
    ]
    const colour = await view(made(32, 32, "noise"), list({ mode: "rand" }), options)
    const counts = new Map<number, number>()
    for (const value of colour) counts.set(value, (counts.get(value) ?? 0) + 1)
    const most = [...counts.values()].sort((a, b) => b - a)
    expect(most[2]).toBeGreaterThan(30)
    const zeros = (boxes: number) =>
      view(made(32, 32), list({ mode: "const", count: boxes, area: [0.2, 0.2] }), options)
    expect((await zeros(2)).filter((value) => value === 0).length).toBeGreaterThan(300)
  })

  it("jitter colours within their range, the same for all frames", async () => {
    const clip = made(16, 16)
    const list = (strength: number): Transform[] => [
      { name: "colour-jitter", brightness: strength, contrast: 0, saturation: 0 },
    ]
    expect(await view(clip, list(0), { size: 16 })).toEqual(clip.data)
    for (let key = 0; key < 20; key++) {
      const got = await view(clip, list(0.4), { size: 16, source: random(key) })
      const factors = [...got].flatMap((value, i) =>
        value < 255 && clip.data[i] > 100 ? [value / clip.data[i]] : [],
      )
      expect(Math.max(...factors) - Math.min(...factors)).toBeLessThan(0.02)
      expect(Math.min(...factors)).toBeGreaterThan(0.59)
      expect(Math.max(...factors)).toBeLessThan(1.4)
    }
  })
})

describe("a custom transform", () => {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-transform-"))
  const write = (name: string, code: string) => {
    writeFileSync(join(folder, name), code)
    return join(folder, name)
  }
  const brighter = write(
    "brighter.mjs",
    `export default ({ by = 1 }) => ({
      draw: (input, size, random) => ({
        apply: (frames) => ({ ...frames, data: frames.data.map((value) => value + by) }),
      }),
    })`,
  )

  it("gets its options, and bytes or floats as they are at its place", async () => {
    const clip = made(8, 8, "flat")
    const bytes = await view(clip, [{ module: brighter, by: 5 }], { size: 8 })
    expect(bytes[0]).toBe(82)
    const options = { size: 8, pixels: "f32" } as const
    const floats = await view(clip, ["normalise", { module: brighter }], options)
    expect(floats[0]).toBeCloseTo((77 / 255 - 0.485) / 0.229 + 1, 5)
  })

  it("may stand between two crops of floats, which also work next to each other", async () => {
    const copy = write(
      "copy.mjs",
      `export default () => ({
        draw: () => ({ apply: ({ data, ...size }) => ({ ...size, data: data.slice() }) }),
      })`,
    )
    const options = { size: 16, pixels: "f32" } as const
    const crops = (between: Transform[]): Transform[] => [
      ...["normalise" as const, "random-resized-crop" as const],
      ...[...between, "random-resized-crop" as const],
    ]
    for (let key = 0; key < 20; key++) {
      const [apart, next] = await Promise.all(
        [[{ module: copy }], []].map((between) =>
          view(made(40, 30), crops(between), { ...options, source: random("twice", key) }),
        ),
      )
      expect(next).toEqual(apart)
    }
  })

  it.each([
    [
      "short.mjs",
      "({ data, ...size }) => ({ ...size, data: data.slice(3) })",
      /381 bytes, not 384/,
    ],
    ["failing.mjs", "() => { throw new Error('oh') }", /failing\.mjs: the transform failed: oh\n/],
  ])("that goes wrong ends a run: %s", async (name, apply, message) => {
    const module = write(name, `export default () => ({ draw: () => ({ apply: ${apply} }) })`)
    const path = join(folder, "grey.png")
    await writePng(path, { width: 8, height: 8, data: new Uint8Array(192) })
    const recipe = { frames: 2, stride: 1, size: 8, transforms: [{ module }] }
    const batches = load({ items: [{ path }, { path }], batch: 1, workers: 0, ...recipe })
    await expect(batches.next()).rejects.toThrow(message)
  })

  it.each([
    ["none.mjs", undefined, /none\.mjs: the transform's module could not be loaded: /],
    ["list.mjs", "export default [1]", /list\.mjs: not a transform\nits default export must be/],
    ["odd.mjs", "export default () => ({})", /odd\.mjs: not a transform/],
  ])("that is not one is refused: %s", async (name, code, message) => {
    const module = code === undefined ? join(folder, name) : write(name, code)
    await expect(transformersOf([{ module }])).rejects.toThrow(message)
  })
})

describe("recipes that cannot work name the fix", () => {
  const clip = made(20, 16)
  it.each<[readonly unknown[], PixelType, RegExp]>([
    [["sepia"], "u8", /unknown transform: sepia\nchoose from centre-crop, /],
    [[{ name: "flip", chance: 1 }], "u8", /unknown option of "flip": chance\nchoose from probab/],
    [[{ name: "normalise", size: 1 }], "u8", /unknown option of "normalise": size/],
    [[], "u8", /frames of 20 x 16 pixels, not 24 x 24\nadd a crop/],
    [["centre-crop"], "u8", /24 x 24 pixels does not fit into 20 x 16\nput "resize" before/],
    [["resize", "centre-crop", "normalise"], "u8", /give normalised floats, not the recipe's u8/],
    [["resize", "centre-crop"], "f32", /give bytes, not the recipe's f32\nset pixels to "f32"/],
    [["normalise", "rand-augment"], "f32", /"rand-augment" needs bytes, but gets normalised/],
    [["random-erasing"], "f32", /"random-erasing" needs normalised frames/],
  ])("%j", async (transforms, pixels, message) => {
    const made =
      transforms.at(-1) === "rand-augment" ? [...transforms, "random-resized-crop"] : transforms
    const list = (
      made[0] === "random-erasing" ? ["random-resized-crop", ...made] : made
    ) as Transform[]
    const source = random("refused")
    const twice = { ...source, uniform: () => 0.1 }
    await expect(view(clip, list, { size: 24, pixels, source: twice })).rejects.toThrow(message)
  })
})

it.each([
  [224, { width: 341, height: 256 }],
  [256, { width: 341, height: 256 }],
  [112, { width: 170, height: 128 }],
])("MAE's evaluation at %d pixels resizes to its size or beyond", async (size, resized) => {
  const [resize, crop] = await transformersOf(imageCentre(size))
  const first = resize.draw({ width: 640, height: 480 }, size, random())
  expect(first.size).toEqual(resized)
  expect(crop.draw(resized, size, random()).size).toMatchObject({ width: size, height: size })
})
