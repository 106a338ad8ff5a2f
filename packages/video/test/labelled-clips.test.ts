import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { loadNodeAv } from "../src/decode/node-av.js"
import {
  type ClipItem,
  dataset,
  discover,
  load,
  openItem,
  parseList,
  readClipAt,
  readList,
  writeCache,
} from "../src/index.js"
import { readNumber, writeNumbered } from "./numbered.js"

const av = (await loadNodeAv())!
const folder = mkdtempSync(join(tmpdir(), "tubelet-labelled-"))
const video = join(folder, "numbered.mp4")
// 30 frames that show their numbers, ten a second.
writeNumbered(av, video, { encoder: "mpeg4" })

const recipe = { frames: 2, stride: 1, size: 64, transforms: ["resize", "centre-crop"] } as const
const numbersIn = (data: Uint8Array) => {
  const [width, height] = [96, 64]
  const bytes = 3 * width * height
  return Array.from({ length: data.length / bytes }, (_, i) =>
    readNumber({ width, height }, data.subarray(i * bytes, (i + 1) * bytes)),
  )
}

/** Half of the number of each 64 x 64 frame from the middle of a picture, as it shows four bits. */
const halves = (data: Uint8Array) =>
  Array.from({ length: data.length / (3 * 64 * 64) }, (_, i) =>
    [0, 1, 2, 3].reduce((sum, bit) => {
      const pixel = data[3 * ((i * 64 + 32) * 64 + 16 * bit + 8)]
      return sum + (pixel > 125 ? 1 << bit : 0)
    }, 0),
  )

async function shown(seconds: NonNullable<ClipItem["seconds"]>): Promise<number[]> {
  const source = await openItem({ path: video, seconds })
  const { data } = await source.frames(source.frameTimes)
  source.close()
  expect(source.frameTimes[0]).toBe(0)
  return numbersIn(data)
}

it.each([
  [{ start: 0.5, end: 0.9 }, [5, 6, 7, 8]],
  [{ end: 0.25 }, [0, 1, 2]],
  [{ start: 2.75 }, [27, 28, 29]],
  [{ start: 1.3, end: 1.4 }, [13]],
  [{ start: 1.32, end: 1.34 }, [13]],
  [{ start: 2.9, end: 60 }, [29]],
])("the frames of %j", async (seconds, numbers) => {
  expect(await shown(seconds)).toEqual(numbers)
})

it("a part's times count from its start, and its last frame repeats", async () => {
  const source = await openItem({ path: video, seconds: { start: 1, end: 1.5 } })
  expect(source.duration).toBeCloseTo(0.5)
  const { data, timestamps, valid } = await source.frames([0, 0.4, 7])
  source.close()
  expect(numbersIn(data)).toEqual([10, 14, 14])
  expect([...timestamps].map((time) => time.toFixed(3))).toEqual(["0.000", "0.400", "0.400"])
  expect(valid).toEqual([true, true, true])
  await expect(openItem({ path: video, seconds: { start: 3, end: 4 } })).rejects.toThrow(
    /no frames at 3 s, as it ends at 3.00 s\ncheck the start and end/,
  )
  const at = await readClipAt({ path: video, seconds: { start: 1 } }, { ...recipe, start: 0.5 })
  expect([...at.timestamps].map((time) => time.toFixed(1))).toEqual(["0.5", "0.6"])
})

it("batches hold frames and labels of the parts, with workers and from a cache", async () => {
  const list = join(folder, "clips.csv")
  const rows = ["0,early,0,0.4", "0,late,2.6,3"].map((row) => row.replace("0,", "numbered.mp4,"))
  writeFileSync(list, `path,label,start,end\n${rows.join("\n")}\n`)
  const { items, classes } = await dataset(list)
  expect(classes).toEqual(["early", "late"])
  for await (const batch of load({ ...recipe, items, batch: 2, repeats: 2, workers: 1 })) {
    const shown = halves(batch.clips)
    expect(batch.labels).toHaveLength(4)
    for (const [i, label] of batch.labels!.entries()) {
      for (const half of shown.slice(2 * i, 2 * i + 2))
        expect(label === 0 ? [0, 1] : [13, 14]).toContain(half)
    }
    break
  }
  const out = join(folder, "cache")
  for await (const _ of writeCache({ items, classes, out, frames: 2, stride: 1, workers: 0 })) {
  }
  const cached = await discover(out)
  expect(cached.map(({ seconds }) => seconds)).toEqual([
    { start: 0, end: 0.4 },
    { start: 2.6, end: 3 },
  ])
  expect(cached.map((item) => item.cached?.clip)).toEqual([0, 0])
  const again = await dataset(out)
  expect([again.kind, again.classes, again.items]).toEqual(["cache", classes, cached])
})

it("a replaced clip brings its own label; without labels there are none", async () => {
  const bad = join(folder, "bad.mp4")
  writeFileSync(bad, "no video")
  const items = [
    { path: bad, label: 0 },
    { path: video, label: 5 },
  ]
  const options = { ...recipe, batch: 2, workers: 0, allowMissing: true }
  for await (const { labels } of load({ ...options, items })) {
    expect([...labels!]).toEqual([5, 5])
    break
  }
  for await (const batch of load({ ...options, items: [{ path: video }] })) {
    expect("labels" in batch).toBe(false)
    break
  }
})

it("two numbers after a video are a length and a label only if the length is right", async () => {
  const list = join(folder, "two.txt")
  writeFileSync(list, "gone.mp4 3 5\nnumbered.mp4 30 5\n")
  expect((await readList(list)).map(({ label }) => label)).toEqual([5, 5])
  writeFileSync(list, "gone.mp4 3 5\nnumbered.mp4 3 5\n")
  await expect(readList(list)).rejects.toThrow(
    /two.txt: line 2 has 3 5 after a video of 30 frames: no .+\n.*multi-label .+not supported/,
  )
  expect(() => parseList("a.mp4 3\nb.mp4 3 5", "/l.txt")).toThrow(
    /line 2 has 2 numbers after a video/,
  )
})
