import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openShards } from "../src/cache-writer/shard-writer.js"
import {
  type Batch,
  type CacheOptions,
  type CacheProgress,
  type ClipItem,
  dataset,
  discover,
  type LoadOptions,
  load,
  open,
  openItem,
  publishedTransforms,
  writeCache,
  writePng,
} from "../src/index.js"
import { resize } from "../src/resize/resize.js"
import { spread } from "../src/workers/decode-clip.js"
import { clip } from "./media.js"

const names = ["box-01", "cup-01", "street-01"]
const items = names.map((name) => ({ path: clip(name) }))
const sizes = { frames: 4, stride: 2, shortSide: 48 }
const folder = () => mkdtempSync(join(tmpdir(), "tubelet-cache-"))

async function cache(out: string, options: Partial<CacheOptions> = {}): Promise<CacheProgress[]> {
  const steps: CacheProgress[] = []
  for await (const step of writeCache({ items, out, workers: 0, ...sizes, ...options })) {
    steps.push(step)
  }
  return steps
}

async function take(count: number, from: readonly ClipItem[], options: Partial<LoadOptions> = {}) {
  const recipe = { frames: 4, stride: 2, size: 32, transforms: ["multi-scale-crop"] } as const
  const taken: Batch[] = []
  for await (const batch of load({ ...recipe, items: from, batch: 2, workers: 0, ...options })) {
    taken.push(batch)
    if (taken.length === count) break
  }
  return taken
}

const digest = ({ clips }: Batch) => createHash("sha256").update(clips).digest("hex")
const linesOf = (out: string) => readFileSync(join(out, "index.jsonl"), "utf8").split("\n")

describe("a cache", () => {
  it("holds the file's frames with the shorter side resized", async () => {
    const out = folder()
    await cache(out)
    const [item] = await discover(out)
    const { width, height, start, frameRate } = item.cached!
    expect([width, height]).toEqual([64, 48])
    const source = await open(item.path)
    const times = [0, 2, 4, 6].map((frame) => start + (frame + 0.5) / frameRate)
    const frames = await source.frames(times)
    const stored = await openItem(item)
    const read = await stored.frames(stored.frameTimes)
    expect(read.data).toEqual(resize(frames.data, source, { width, height }))
    source.close()
  })

  it("is a data set: same bytes with or without threads, each clip once per epoch", async () => {
    const out = folder()
    const steps = await cache(out, { workers: 2, clipsPerVideo: 3, shardBytes: 50_000 })
    expect(steps.at(-1)).toMatchObject({ done: 9, total: 9, clips: 9 })
    expect(readdirSync(out).filter((name) => name.endsWith(".bin")).length).toBeGreaterThan(3)
    const cached = await discover(out)
    const [plain, threads] = [await take(9, cached), await take(9, cached, { workers: 2 })]
    expect(threads.map(digest)).toEqual(plain.map(digest))
    const samples = plain.flatMap((batch) => batch.samples).slice(0, 9)
    expect(samples.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const transforms = publishedTransforms["random-resized"]
    const pictures = await take(1, cached, { frames: 1, transforms, size: 16 })
    expect(pictures[0].shape).toEqual([2, 1, 16, 16, 3])
  })

  it("gives the floats of fine-tuning, in threads too", async () => {
    const out = folder()
    await cache(out)
    const cached = await discover(out)
    const first = async (workers: number): Promise<Float32Array> => {
      const transforms = publishedTransforms["video-finetune"]
      const sizes = { batch: 2, frames: 4, stride: 2, size: 16 }
      const recipe = { ...sizes, transforms, pixels: "f32" } as const
      for await (const { clips } of load({ ...recipe, items: cached, workers })) return clips
      throw new Error("the loader ended")
    }
    const plain = await first(0)
    expect(new Set(plain).size).toBeGreaterThan(100)
    expect(await first(1)).toEqual(plain)
    const [dense] = await take(1, cached, { sampling: "dense" })
    expect(digest(dense)).toBe(digest((await take(1, cached))[0]))
    await expect(take(1, cached, { sampling: "segments" })).rejects.toThrow(
      /cached clips are parts of videos, .+ sampled as "segments"\nread the videos/,
    )
  })

  it("keeps labels, splits and class names; another call updates them", async () => {
    const out = folder()
    const classes = ["cup", "box", "street"]
    await cache(out)
    expect(await dataset(out)).toMatchObject({ kind: "cache", classes: [], splits: [] })
    const plain = await discover(out)
    const labels = [1, 0, 2].map((label, i) => ({ ...items[i], label, split: "train" }))
    await cache(out, { items: labels, classes })
    const found = await dataset(out)
    expect(found).toMatchObject({ classes, splits: ["train"] })
    const [name, cached] = [found.items.map(({ path }) => path), found.items.map((i) => i.cached)]
    expect(name).toEqual(items.map(({ path }) => path))
    expect(cached).toEqual(plain.map((item) => item.cached))
    expect(found.items.map(({ label }) => label)).toEqual([1, 0, 2])
    const moved = labels.map((item) => ({ ...item, split: "val" }))
    const lines = linesOf(out).length
    await cache(out, { items: moved.slice(0, 1), classes })
    await cache(out)
    expect(linesOf(out)).toHaveLength(lines + 1)
    expect((await dataset(out)).items.map(({ split }) => split)).toEqual(["val", "train", "train"])
    await expect(cache(out, { classes: ["box", "cup", "street"] })).rejects.toThrow(
      /contains a cache whose class 0 is cup, not box\nuse the same data set/,
    )
  })

  it("stores labels with clips, and none that are damaged", async () => {
    const out = folder()
    const labels = items.map((item, label) => ({ ...item, label }))
    await cache(out, { items: labels, classes: names, workers: 2, clipsPerVideo: 2 })
    const found = await dataset(out)
    expect(found.classes).toEqual(names)
    expect(found.items.map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2])
    const index = join(out, "index.jsonl")
    writeFileSync(index, readFileSync(index, "utf8").replace('"label":0', '"label":"box"'))
    await expect(dataset(out)).rejects.toThrow(/line 1 is damaged/)
  })

  it("does not depend on the number of workers", async () => {
    const [one, two] = [folder(), folder()]
    await cache(one, { clipsPerVideo: 2 })
    await cache(two, { clipsPerVideo: 2, workers: 2 })
    for (const name of readdirSync(one)) {
      expect(readFileSync(join(two, name)).equals(readFileSync(join(one, name))), name).toBe(true)
    }
  })

  it("refuses other lengths and strides, and a cache with other settings", async () => {
    const out = folder()
    await cache(out)
    const cached = await discover(out)
    const wrong = take(1, cached, { frames: 8 })
    await expect(wrong).rejects.toThrow("clips of 4 frames at stride 2, not of 8 at stride 2")
    await expect(cache(out, { stride: 4 })).rejects.toThrow(/contains a cache with stride 2, not 4/)
  })
})

describe("an interrupted writer", () => {
  it("resumes: nothing is decoded twice, and half-written clips do not exist", async () => {
    const out = folder()
    for await (const { done } of writeCache({ items, out, workers: 0, ...sizes })) {
      if (done === 2) break
    }
    // As if killed in the middle of a clip and in the middle of a line.
    appendFileSync(join(out, "shard-00000.bin"), "half a cl")
    appendFileSync(join(out, "index.jsonl"), '{"path":"/some')
    expect((await discover(out)).map(({ path }) => path)).toEqual(
      items.slice(0, 2).map((i) => i.path),
    )
    const before = linesOf(out).slice(0, 2)
    const steps = await cache(out)
    expect(steps[0]).toMatchObject({ done: 2, total: 3, clips: 2 })
    expect(steps).toHaveLength(2)
    expect(linesOf(out).slice(0, 2)).toEqual(before)
    const [again, whole] = [await discover(out), folder()]
    await cache(whole)
    expect((await take(3, again)).map(digest)).toEqual(
      (await take(3, await discover(whole))).map(digest),
    )
    expect(await cache(out)).toHaveLength(1)
  })

  it.skipIf(process.platform !== "linux")("leaves no file open", async () => {
    const out = folder()
    const held = () =>
      readdirSync("/proc/self/fd").filter((fd) => targetOf(`/proc/self/fd/${fd}`).startsWith(out))
    for await (const _ of writeCache({ items, out, workers: 0, ...sizes })) {
      expect(held()).toHaveLength(1)
      break
    }
    expect(held()).toEqual([])
    writeFileSync(join(out, "index.jsonl"), '{"path":"x","clip":0}\n')
    await expect(openShards(out, 1000)).rejects.toThrow(/line 1 is damaged/)
    expect(held()).toEqual([])
  })

  it("is reported with its counts, source and settings", async () => {
    const [out, place] = [folder(), folder()]
    const bad = { path: join(place, "bad.mp4") }
    writeFileSync(bad.path, "not a video")
    const asked = { items: [...items, bad], source: join(place, "my clips"), clipsPerVideo: 2 }
    const told = async () => {
      const notices: string[] = []
      await discover(out, { onNotice: (notice) => notices.push(notice) })
      return notices
    }
    for await (const { done } of writeCache({ ...asked, out, workers: 0, ...sizes })) {
      if (done === 3) break
    }
    const settings = "frames 4, stride 2, shortSide 48, clipsPerVideo 2"
    expect(await told()).toEqual([
      `${out} is unfinished, with 3 of 8 clips; ` +
        `to add the rest, write it again from ${asked.source} with ${settings}`,
    ])
    await cache(out, asked)
    expect(await told()).toEqual([])
    const [, ...others] = linesOf(out)
    writeFileSync(join(out, "index.jsonl"), others.join("\n"))
    expect(await told()).toEqual([expect.stringContaining("with 5 of 6 clips")])
  })

  it("is not reported for old caches or other clips", async () => {
    const out = folder()
    const notices: string[] = []
    const onNotice = (notice: string) => notices.push(notice)
    // A video of one frame has one clip, however many are wanted.
    const still = { path: join(folder(), "still.png") }
    await writePng(still.path, { data: noise(48, 40, 1), width: 48, height: 40 })
    await cache(out, { items: [still], clipsPerVideo: 3, frames: 1 })
    await cache(out, { items: items.slice(1), clipsPerVideo: 3, frames: 1 })
    await discover(out, { onNotice })
    const path = join(out, "cache.json")
    const { total, ...old } = JSON.parse(readFileSync(path, "utf8"))
    expect(total).toBe(9)
    writeFileSync(path, JSON.stringify({ ...old, total: 10 }))
    await discover(out, { onNotice })
    expect(notices).toEqual([
      expect.stringMatching(/with 7 of 8 clips; .* write it again from the same items with/),
    ])
    writeFileSync(path, JSON.stringify(old))
    expect(await discover(out, { onNotice })).toHaveLength(7)
    expect(notices).toHaveLength(1)
    await cache(out, { items, clipsPerVideo: 3, frames: 1 })
    expect(JSON.parse(readFileSync(path, "utf8")).total).toBe(12)
  })

  it("works next to a second one in the same folder", async () => {
    const out = folder()
    await Promise.all([cache(out), cache(out)])
    const cached = await discover(out)
    expect(cached.map(({ path }) => path)).toEqual(items.map(({ path }) => path))
    expect((await take(2, cached)).flatMap(({ skipped }) => skipped)).toEqual([])
  })

  it("distinguishes parts of one folder of frames", async () => {
    const [out, frames] = [folder(), folder()]
    for (let i = 1; i <= 12; i++) {
      const data = noise(48, 40, i)
      await writePng(join(frames, `img_${i}.png`), { data, width: 48, height: 40 })
    }
    const parts = [1, 5].map((start) => ({ path: frames, frames: { start, count: 8 } }))
    for (const round of [0, 1]) {
      const steps = await cache(out, { items: parts.slice(0, round + 1) })
      expect(steps.at(-1)).toMatchObject({ clips: round + 1 })
    }
    const cached = await discover(out)
    expect(cached.map((item) => item.frames)).toEqual(parts.map((part) => part.frames))
    expect(cached[0].cached!.crc32).not.toBe(cached[1].cached!.crc32)
  })

  it("lists unreadable clips, and retries them", async () => {
    const [out, place] = [folder(), folder()]
    const bad = { path: join(place, "bad.mp4") }
    writeFileSync(bad.path, "not a video")
    const steps = await cache(out, { items: [items[0], bad, items[1]] })
    expect(steps.at(-1)).toMatchObject({ done: 3, clips: 2 })
    expect(steps[2].unreadable).toMatchObject({ path: bad.path })
    expect(linesOf(out)[1]).toMatch(/"unreadable":".*bad.mp4: not a readable video/)
    copyFileSync(items[2].path, bad.path)
    const again = await cache(out, { items: [items[0], bad, items[1]] })
    expect(again.at(-1)).toMatchObject({ done: 3, clips: 3 })
  })

  it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
    "by a full disk says so, and what was written is usable",
    async () => {
      const out = folder()
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", out])
      try {
        const full = cache(out, { clipsPerVideo: 4 })
        await expect(full).rejects.toThrow(/the disk is full .*\n.*to resume/)
        const cached = await discover(out)
        expect(cached.length).toBeGreaterThan(0)
        expect((await take(2, cached)).flatMap(({ skipped }) => skipped)).toEqual([])
        execFileSync("mount", ["-o", "remount,size=1m", out])
        expect((await cache(out, { clipsPerVideo: 4 })).at(-1)).toMatchObject({ clips: 12 })
      } finally {
        execFileSync("umount", [out])
      }
    },
  )
})

describe("damage", () => {
  it("does not include a byte-order mark left by an editor", async () => {
    const out = folder()
    await cache(out)
    const before = await discover(out)
    for (const name of ["cache.json", "index.jsonl"]) {
      const path = join(out, name)
      writeFileSync(path, `\ufeff${readFileSync(path, "utf8")}`)
    }
    expect(await discover(out)).toEqual(before)
  })

  it.each([
    ["a flipped bit", (shard: string) => flip(shard, 3000), /is damaged: its checksum differs/],
    ["a shard cut short", (shard: string) => truncateSync(shard, 100_000), /ends too early/],
  ])("by %s costs only clips, which are reported with their shard", async (_, damage, reason) => {
    const out = folder()
    await cache(out, { clipsPerVideo: 2 })
    const cached = await discover(out)
    const shard = join(out, "shard-00000.bin")
    damage(shard)
    for (const workers of [0, 2]) {
      const batches = await take(4, cached, { workers, allowMissing: true })
      const skipped = batches.flatMap((batch) => batch.skipped)
      expect(skipped.length).toBeGreaterThan(0)
      for (const { reason: told } of skipped) {
        expect(told).toMatch(reason)
        expect(told).toMatch(/shard-00000.bin: clip \d of .*\.mp4 at byte \d+/)
      }
    }
  })

  it.each([
    ["a flipped bit", (shard: string) => flip(shard, 3000), 1],
    ["a shard cut short", (shard: string) => truncateSync(shard, 40_000), 2],
    ["a lost shard", (shard: string) => rmSync(shard), 3],
  ])("by %s, and nothing else, is repaired by the next call", async (_, damage, count) => {
    const out = folder()
    await cache(out)
    const before = await take(3, await discover(out))
    damage(join(out, "shard-00000.bin"))
    const checks: [number, number][] = []
    const steps = await cache(out, { onCheck: (...check) => checks.push(check) })
    expect(checks.at(-1)).toEqual([3, 3])
    expect(steps[0]).toMatchObject({ done: 3 - count, total: 3, clips: 3 - count })
    expect(steps.at(-1)).toMatchObject({ done: 3, clips: 3 })
    const after = await take(3, await discover(out))
    expect(after.flatMap(({ skipped }) => skipped)).toEqual([])
    expect(after.map(digest)).toEqual(before.map(digest))
  })

  it("to the index is reported with the line", async () => {
    const out = folder()
    await cache(out)
    writeFileSync(join(out, "index.jsonl"), '{"path":"x","clip":0}\n')
    await expect(discover(out)).rejects.toThrow(/index.jsonl: line 1 is damaged/)
  })
})

/** Where a link points; the one that listed the folder is gone by then. */
const targetOf = (link: string) => (existsSync(link) ? readlinkSync(link) : "")

const noise = (width: number, height: number, seed: number) =>
  Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * seed) ^ (i >> 3))

const flip = (path: string, place: number) => {
  const bytes = readFileSync(path)
  bytes[place] ^= 1
  writeFileSync(path, bytes)
  expect(statSync(path).size).toBe(bytes.length)
}

it("spreads clips over a video", () => {
  expect(spread(100, 1)).toEqual([50])
  expect(spread(100, 4)).toEqual([12, 37, 62, 87])
  expect(spread(2, 4)).toEqual([0, 1])
})
