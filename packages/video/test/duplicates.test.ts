import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { expect, it } from "vitest"
import {
  type CheckedClip,
  type ClipItem,
  checkClips,
  dataset,
  findDuplicates,
  open,
  resize,
  writeMp4,
} from "../src/index.js"
import { clip } from "./media.js"

const names = ["street-01", "street-02", "cup-01", "box-01", "cockatoo-01", "tree-01"]

async function checked(folder: string): Promise<CheckedClip[]> {
  const { items } = await dataset(folder)
  const clips: CheckedClip[] = []
  for await (const one of checkClips({ items, workers: 0 })) clips.push(one)
  return clips
}

/** Half the size, again as H.264. */
async function encodeAgain(from: string, to: string): Promise<void> {
  const source = await open(from)
  const { frameRate, frameTimes } = source
  const { data, width, height } = await source.frames(frameTimes)
  source.close()
  const half = { width: width >> 1, height: height >> 1 }
  await writeMp4(to, { clip: resize(data, { width, height }, half), ...half }, frameRate)
}

it("names copies and clips encoded again, and no other clips of the same places", async () => {
  const root = mkdtempSync(join(tmpdir(), "tubelet-duplicates-"))
  for (const split of ["train", "val"]) mkdirSync(join(root, split, "all"), { recursive: true })
  const at = (split: string, name: string) => join(root, split, "all", `${name}.mp4`)
  for (const name of names) copyFileSync(clip(name), at("train", name))
  copyFileSync(clip("street-02"), at("val", "copy-of-street-02"))
  copyFileSync(clip("street-03"), at("val", "street-03"))
  copyFileSync(clip("box-02"), at("val", "box-02"))
  const again = ["street-01", "cup-01", "cockatoo-01"]
  for (const name of again) await encodeAgain(clip(name), at("val", `again-${name}`))
  expect(readFileSync(at("val", "again-cup-01"))).not.toEqual(readFileSync(clip("cup-01")))
  const found = await findDuplicates(await checked(root))
  const said = found.map(({ paths, splits, equal }) => {
    const byTrain = splits[0] === "train" ? paths : [...paths].reverse()
    return [...byTrain.map((path) => basename(path, ".mp4")), equal].join(" ")
  })
  expect(said.sort()).toEqual([
    "cockatoo-01 again-cockatoo-01 frames",
    "cup-01 again-cup-01 frames",
    "street-01 again-street-01 frames",
    "street-02 copy-of-street-02 bytes",
  ])
})

it("names them on plain backgrounds, where only places tell clips apart", async () => {
  const root = mkdtempSync(join(tmpdir(), "tubelet-sprites-"))
  for (const split of ["train", "val"]) mkdirSync(join(root, split, "all"), { recursive: true })
  const size = { width: 64, height: 64 }
  const sprite = (start: number) => {
    const clip = new Uint8Array(8 * 64 * 64 * 3)
    for (let i = 0; i < clip.length; i += 3) {
      const [x, y, t] = [(i / 3) % 64, (i / 192) & 63, Math.floor(i / 12288)]
      const [dx, dy] = [x - 2 * t - (start % 5) * 8, y - 12 * Math.floor(start / 5)]
      if (dx >= 0 && dx < 12 && dy >= 0 && dy < 12) clip.fill(255, i, i + 3)
    }
    return { clip, ...size }
  }
  for (let i = 0; i < 20; i++) {
    await writeMp4(join(root, "train/all", `${i}.mp4`), sprite(i), 8)
    const path = join(root, "val/all", `${i}.mp4`)
    if (i % 2 === 0) copyFileSync(join(root, "train/all", `${i}.mp4`), path)
    else await encodeAgain(join(root, "train/all", `${i}.mp4`), path)
  }
  const found = await findDuplicates(await checked(root))
  expect(found.map(({ paths }) => new Set(paths.map((path) => basename(path))).size)).toEqual(
    new Array(20).fill(1),
  )
  expect(found.filter(({ equal }) => equal === "bytes")).toHaveLength(10)
})

it("names parts of one file that overlap; val and test may be one list", async () => {
  const item = (split: string, start: number, path = clip("cup-01")) => ({
    item: { path, split, seconds: { start, end: start + 1 } },
    clip: new Uint8Array(),
  })
  const of = async (...clips: CheckedClip[]) => (await findDuplicates(clips)).length
  expect(await of(item("train", 0), item("val", 0))).toBe(1)
  expect(await of(item("train", 0), item("val", 0.5))).toBe(1)
  expect(await of(item("train", 0), item("val", 1))).toBe(0)
  expect(await of(item("val", 0), item("test", 0))).toBe(0)
  expect(await of(item("train", 0), item("train", 0))).toBe(0)
})

it("names folders of frames and archived clips by their paths", async () => {
  const of = async (a: Partial<ClipItem>, b: Partial<ClipItem>, path = "/frames/cup") => {
    const item = (split: string, part: Partial<ClipItem>) => ({
      item: { path, split, ...part },
      clip: new Uint8Array(),
    })
    return (await findDuplicates([item("train", a), item("val", b)], { copies: false })).length
  }
  const frames = (start: number, count: number) => ({ frames: { start, count } })
  expect(await of({}, {})).toBe(1)
  expect(await of(frames(1, 8), frames(8, 4))).toBe(1)
  expect(await of(frames(1, 8), frames(9, 4))).toBe(0)
  expect(await of(frames(1, 8), { frames: { count: 20 } })).toBe(1)
  expect(await of(frames(1, 8), { path: "/frames/box", ...frames(1, 8) })).toBe(0)
  const packed = { archive: "/shards/0.tar", offset: 512, size: 9000 }
  expect(await of({ packed }, { packed }, "/shards/0.tar/cup.mp4")).toBe(1)
  expect(await of({ packed, path: "/shards/0.tar/box.mp4" }, { packed })).toBe(0)
})

it("looks for copies only if asked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-copies-"))
  copyFileSync(clip("cup-01"), join(folder, "cup.mp4"))
  const clips = [
    { item: { path: clip("cup-01"), split: "train" }, clip: new Uint8Array() },
    { item: { path: join(folder, "cup.mp4"), split: "val" }, clip: new Uint8Array() },
  ]
  expect(await findDuplicates(clips)).toHaveLength(1)
  expect(await findDuplicates(clips, { copies: false })).toEqual([])
})
