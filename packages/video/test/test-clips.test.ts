import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, it, vi } from "vitest"
import { VideoSource } from "../src/decode/video-source.js"
import {
  type ClipItem,
  discover,
  type TestClip,
  type TestClipsOptions,
  testClips,
  testViews,
  writeCache,
  writePng,
} from "../src/index.js"
import { clip } from "./media.js"

const folder = mkdtempSync(join(tmpdir(), "tubelet-test-clips-"))
const [width, height] = [40, 16]

/** Twenty frames whose red is the frame's number and whose green is the column. */
beforeAll(async () => {
  for (let frame = 0; frame < 20; frame++) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      i % 3 === 0 ? frame : i % 3 === 1 ? Math.floor(i / 3) % width : 0,
    )
    await writePng(join(folder, `${frame}.png`), { data, width, height })
  }
})

async function read(options: Partial<TestClipsOptions>): Promise<TestClip[]> {
  const items = [{ path: folder, label: 3 }]
  const views = testViews({ segments: 2, crops: 3 })
  const defaults = { items, views, frames: 4, stride: 2, size: 16, workers: 0 }
  const read: TestClip[] = []
  for await (const clip of testClips({ ...defaults, ...options })) read.push(clip)
  return read
}

/** Of each view, the frames' numbers and the first column. */
const seen = ({ clips }: TestClip) => {
  const bytes = 4 * 16 * 16 * 3
  return Array.from({ length: clips.length / bytes }, (_, view) => ({
    frames: [0, 1, 2, 3].map((i) => clips[view * bytes + i * 16 * 16 * 3]),
    column: clips[view * bytes + 1],
  }))
}

it("gives every segment with every crop along the longer side", async () => {
  const [dense] = await read({})
  const [first, last] = [
    [0, 2, 4, 6],
    [12, 14, 16, 18],
  ]
  expect(seen(dense)).toEqual([
    { frames: first, column: 0 },
    { frames: first, column: 12 },
    { frames: first, column: 24 },
    { frames: last, column: 0 },
    { frames: last, column: 12 },
    { frames: last, column: 24 },
  ])
  expect(testViews({ segments: 2, crops: 3 }).map(({ segment, crop }) => [segment, crop])).toEqual([
    ...[
      [0, 0],
      [0, 1],
      [0, 2],
    ],
    ...[
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  ])
  const [one] = await read({ views: testViews({ segments: 1, crops: 1 }) })
  expect(seen(one)).toEqual([{ frames: [6, 8, 10, 12], column: 12 }])
  const [sparse] = await read({
    views: testViews({ segments: 2, crops: 1, sampling: "segment-view" }),
  })
  expect(seen(sparse).map(({ frames }) => frames)).toEqual([
    [0, 5, 10, 15],
    [2, 7, 12, 17],
  ])
  const [middle] = await read({
    views: testViews({ segments: 1, crops: 1, sampling: "segment-view" }),
  })
  expect(seen(middle).map(({ frames }) => frames)).toEqual([[2, 7, 12, 17]])
})

it("decodes each frame once for all views", async () => {
  const frames = vi.spyOn(VideoSource.prototype, "frames")
  const items = [{ path: clip("street-01") }]
  const views = testViews({ segments: 2, crops: 3, sampling: "segment-view" })
  const [{ clips }] = await read({ items, views, frames: 8 })
  expect(clips.length).toBe(6 * 8 * 16 * 16 * 3)
  expect(frames).toHaveBeenCalledTimes(1)
  const times = [...(frames.mock.calls[0][0] as Float64Array)]
  expect(new Set(times).size).toBe(16)
  expect(times).toHaveLength(16)
})

it("gives each clip once, in order, from any start, with bad ones named", async () => {
  const broken = join(mkdtempSync(join(tmpdir(), "tubelet-broken-")), "broken.mp4")
  writeFileSync(broken, "no video")
  const items: ClipItem[] = [
    { path: folder, label: 3 },
    { path: broken },
    { path: join(folder, "gone.mp4"), missing: true },
    { path: folder, label: 1 },
  ]
  for (const workers of [0, 1]) {
    const all = await read({ items, workers })
    expect(all.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(all.map(({ item }) => item)).toEqual(items)
    expect(all.map(({ clips }) => clips.length > 0)).toEqual([true, false, false, true])
    expect(all[1].reason).toMatch(/broken\.mp4: /)
    expect(all[2].reason).toMatch(/gone\.mp4/)
    const rest = await read({ items, workers, start: 3 })
    expect(rest).toEqual(all.slice(3))
  }
})

it("gives the same whether the views share their resize or not", async () => {
  const views = testViews({ segments: 2, crops: 3 })
  const [shared] = await read({ views, size: 12 })
  const [separate] = await read({
    size: 12,
    views: views.map((view, i) => ({
      ...view,
      // The same resize, said in another way for every other view.
      transforms:
        i % 2 === 0 ? view.transforms : [{ name: "resize", scale: 1 }, view.transforms[1]],
    })),
  })
  expect(shared.clips.length).toBe(6 * 4 * 12 * 12 * 3)
  expect(separate.clips).toEqual(shared.clips)
})

it("gives floats if the views normalise", async () => {
  const views = testViews({ segments: 1, crops: 1 }).map((view) => ({
    ...view,
    transforms: [...view.transforms, "normalise" as const],
  }))
  const items = [{ path: folder }]
  const recipe = { items, views, frames: 4, stride: 2, size: 16, pixels: "f32" } as const
  for await (const { clips } of testClips({ ...recipe, workers: 0 })) {
    expect(clips).toBeInstanceOf(Float32Array)
    expect(clips[0]).toBeCloseTo((6 / 255 - 0.485) / 0.229, 6)
  }
})

it("tests a model on all frames of a cached clip", async () => {
  const out = mkdtempSync(join(tmpdir(), "tubelet-tested-cache-"))
  const settings = { items: [{ path: folder }], out, frames: 4, stride: 2, shortSide: 16 }
  for await (const _ of writeCache({ ...settings, workers: 0 }));
  const [item] = await discover(out)
  const [view] = testViews({ segments: 1, crops: 1 })
  const views = [{ ...view, sampling: "centred-dense" as const }]
  const [clip] = await read({ items: [item], views })
  const first = item.cached!.start * item.cached!.frameRate
  expect(seen(clip)).toEqual([{ frames: [0, 2, 4, 6].map((i) => first + i), column: 12 }])
})

it("rejects what cannot be tested", async () => {
  const [view] = testViews({ segments: 1, crops: 1 })
  const wrong = { ...view, sampling: { name: "strided-view", views: 2, view: 2 } } as const
  await expect(read({ views: [wrong] })).rejects.toThrow(/has view 2 of 2/)
  const out = mkdtempSync(join(tmpdir(), "tubelet-tested-cache-"))
  const settings = { items: [{ path: folder }], out, frames: 4, stride: 2, shortSide: 16 }
  for await (const _ of writeCache({ ...settings, workers: 0 }));
  await expect(read({ items: await discover(out) })).rejects.toThrow(
    /cached clips are parts of videos/,
  )
})
