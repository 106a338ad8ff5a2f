import { createHash } from "node:crypto"
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import {
  type Batch,
  type ClipItem,
  discover,
  type LoadOptions,
  load,
  publishedTransforms,
  readTrainingClip,
  type Sampling,
  type SkippedClip,
  writePng,
} from "../src/index.js"
import { processPool } from "../src/workers/pool.js"
import { ScratchFile } from "../src/workers/scratch.js"
import { inProcess, type TaskRunner, type ViewsTask } from "../src/workers/task.js"
import { clip, clips } from "./media.js"

const recipe = { frames: 4, stride: 2, size: 32, transforms: ["multi-scale-crop"] } as const
const items = await discover(clips)

async function take(count: number, options: Partial<LoadOptions> = {}): Promise<Batch[]> {
  const taken: Batch[] = []
  for await (const batch of load({ ...recipe, items, batch: 3, seed: 7, workers: 0, ...options })) {
    taken.push(batch)
    if (taken.length === count) break
  }
  return taken
}

const digest = ({ clips }: Batch) => createHash("sha256").update(clips).digest("hex")

/** Real clips, with unreadable files among them. */
function folderWith(good: number, bad: number): ClipItem[] {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-loader-"))
  const made: ClipItem[] = []
  for (let i = 0; i < good + bad; i++) {
    const path = join(folder, `${i}.mp4`)
    if (i < good) copyFileSync(clip(`street-0${i + 1}`), path)
    else writeFileSync(path, `not a video ${i}`)
    made.push({ path })
  }
  return made
}

describe("load", () => {
  it("gives the same bytes with 0, 1 and 3 workers", async () => {
    const [zero, one, three] = await Promise.all([0, 1, 3].map((workers) => take(6, { workers })))
    expect(one.map(digest)).toEqual(zero.map(digest))
    expect(three.map(digest)).toEqual(zero.map(digest))
    expect(new Set(zero.map(digest)).size).toBe(6)
    expect(zero[0].shape).toEqual([3, 4, 32, 32, 3])
    expect(zero[0].clips.length).toBe(3 * 4 * 32 * 32 * 3)
  })

  it("resumes from any position with the same bytes", async () => {
    const whole = await take(6)
    const resumed = await take(3, { start: whole[2].next })
    expect(resumed.map(digest)).toEqual(whole.slice(3).map(digest))
    const shifted = await take(1, { start: 4 })
    expect(shifted[0].samples[0]).toEqual(whole[1].samples[1])
  })

  it("reads every clip once per epoch, reshuffled each epoch", async () => {
    const taken = await take(8, { batch: 4 })
    const samples = taken.flatMap((batch) => batch.samples)
    const [first, second] = [samples.slice(0, 14), samples.slice(14, 28)]
    for (const [epoch, of] of [first, second].entries()) {
      expect(of.map((sample) => sample.epoch)).toEqual(of.map(() => epoch))
      expect(new Set(of.map((sample) => sample.path)).size).toBe(14)
    }
    expect(second.map(({ index }) => index)).not.toEqual(first.map(({ index }) => index))
    expect(taken.map(({ next }) => next)).toEqual([4, 8, 12, 14, 18, 22, 26, 28])
    expect(taken.map(({ samples }) => samples.length)).toEqual([4, 4, 4, 2, 4, 4, 4, 2])
    expect(taken.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
  })

  it("depends on the seed", async () => {
    const [[a], [b]] = [await take(1), await take(1, { seed: 8 })]
    expect(digest(a)).not.toBe(digest(b))
  })

  it("shares one stream among ranks", async () => {
    const whole = await take(2, { batch: 4 })
    const parts = await Promise.all(
      [0, 1].map((rank) => take(2, { batch: 2, rank, world: 2, workers: 1 })),
    )
    for (const [i, batch] of whole.entries()) {
      const joined = Buffer.concat([parts[0][i].clips, parts[1][i].clips])
      expect(Buffer.compare(joined, batch.clips)).toBe(0)
      expect(parts[1][i].next).toBe(batch.next)
    }
    // The fourth batch of the 14 clips has none for the second rank, which still takes part.
    const rest = await take(1, { batch: 2, rank: 1, world: 2, start: 12 })
    expect(rest).toMatchObject([{ samples: [], epoch: 0, next: 14, shape: [0, 4, 32, 32, 3] }])
  })

  it("replaces bad clips, names them, and gives the same with workers", async () => {
    const mixed = folderWith(3, 2)
    const told: SkippedClip[] = []
    const taken = await take(6, { items: mixed, batch: 2, onSkip: (clip) => told.push(clip) })
    const again = await take(6, { items: mixed, batch: 2, workers: 2 })
    expect(again.map(digest)).toEqual(taken.map(digest))
    expect(again.flatMap((batch) => batch.skipped)).toEqual(told)
    // Two epochs of five clips read each of the two bad files at least twice.
    expect(told.length).toBeGreaterThanOrEqual(4)
    for (const { path, reason } of told) expect(reason).toMatch(`${path}: not a readable video`)
    const good = mixed.slice(0, 3).map(({ path }) => path)
    for (const { path } of taken.flatMap((batch) => batch.samples)) expect(good).toContain(path)
  })

  it("gives the same bytes for a missing clip as for a bad one", async () => {
    const mixed = folderWith(3, 2)
    const known = mixed.map((item, i) => (i < 3 ? item : { ...item, missing: true as const }))
    const [bad, gone] = [await take(4, { items: mixed }), await take(4, { items: known })]
    expect(gone.map(digest)).toEqual(bad.map(digest))
    const skipped = gone.flatMap((batch) => batch.skipped)
    expect(skipped.length).toBeGreaterThan(2)
    for (const { index, missing } of skipped) expect([index > 2, missing]).toEqual([true, true])
  })

  it("ends if more than half of the clips are bad, unless allowed", async () => {
    const items = folderWith(4, 8)
    const ended =
      /\d+ of the 1[0-2] clips read so far are bad; .+not a readable video.+\n.+allowMissing/
    await expect(take(6, { items })).rejects.toThrow(ended)
    await expect(take(6, { items, workers: 1 })).rejects.toThrow(ended)
    expect(await take(6, { items, allowMissing: true })).toHaveLength(6)
  })

  it("gives up only if nothing can be read", async () => {
    const none = take(1, { items: folderWith(0, 3) })
    await expect(none).rejects.toThrow(/none of 3 clips could be read: .+not a readable video/)
    await expect(take(1, { items: folderWith(0, 3), workers: 2 })).rejects.toThrow(/none of 3/)
  })

  it("decodes a clip once for several repeats, cropped by separate random streams", async () => {
    const [single, repeated] = [await take(3), await take(3, { repeats: 3 })]
    expect(repeated[0].shape).toEqual([9, 4, 32, 32, 3])
    expect(repeated.map(({ next }) => next)).toEqual(single.map(({ next }) => next))
    expect(repeated[0].samples.map(({ repeat }) => repeat)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
    const bytes = 4 * 32 * 32 * 3
    const repeat = ({ clips }: Batch, i: number) => clips.subarray(i * bytes, (i + 1) * bytes)
    for (const [b, batch] of repeated.entries()) {
      for (const i of [0, 1, 2]) expect(repeat(batch, 3 * i)).toEqual(repeat(single[b], i))
    }
    const seen = repeated.flatMap((batch) => Array.from({ length: 9 }, (_, i) => repeat(batch, i)))
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
    // Each draws one of 130 crops, so two may agree by chance, but not all.
    expect(new Set(seen.map(hash)).size).toBeGreaterThan(20)
    const resumed = await take(2, { repeats: 3, workers: 2, start: repeated[0].next })
    expect(resumed.map(digest)).toEqual(repeated.slice(1).map(digest))
  })

  it("reads pictures as clips of one frame", async () => {
    const taken = await take(2, {
      frames: 1,
      transforms: publishedTransforms["random-resized"],
      size: 48,
    })
    expect(taken[0].shape).toEqual([3, 1, 48, 48, 3])
  })

  it.each([
    [{ batch: 0 }, /batch must be .+ of at least 1, got 0/],
    [{ size: 1.5 }, /size must be an integer.+, got 1.5/],
    [{ items: [] }, /data set is empty/],
    [{ rank: 2, world: 2 }, /rank is 2, but world is 2/],
  ])("refuses %o", async (options, message) => {
    await expect(take(1, options)).rejects.toThrow(message)
  })
})

describe("costs", () => {
  it("have the seconds of each part, and the CPU time of subprocesses", async () => {
    const transforms = ["multi-scale-crop", "flip"] as const
    const [[here], [there]] = await Promise.all(
      [0, 1].map((workers) => take(1, { workers, transforms })),
    )
    for (const { costs } of [here, there]) {
      const parts = ["decode", "flip", "multi-scale-crop", "open"]
      expect(Object.keys(costs.seconds).sort()).toEqual(parts)
      for (const part of ["decode", "multi-scale-crop", "open"]) {
        expect(costs.seconds[part]).toBeGreaterThan(0)
      }
    }
    expect(here.costs.subprocessSeconds).toBe(0)
    expect(there.costs.subprocessSeconds).toBeGreaterThan(0)
  })
})

describe("recipes", () => {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-recipe-"))
  const module = join(folder, "threshold.mjs")
  writeFileSync(
    module,
    `export default ({ at }) => ({
      draw: () => ({
        apply: ({ data, ...size }) => ({ ...size, data: data.map((level) => 255 * (level >= at)) }),
      }),
    })`,
  )
  const sizes = { items, frames: 4, stride: 2, size: 32, batch: 2, seed: 7 }
  const hash = (clips: Uint8Array | Float32Array) => {
    const { buffer, byteOffset, byteLength } = clips
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    return createHash("sha256").update(bytes).digest("hex")
  }

  async function finetuning(options: Partial<LoadOptions<"f32">>): Promise<Batch<"f32">[]> {
    const transforms = publishedTransforms["video-finetune"]
    const recipe = { ...sizes, transforms, pixels: "f32", sampling: "dense", repeats: 2 } as const
    const taken: Batch<"f32">[] = []
    for await (const batch of load({ ...recipe, frames: 2, ...options })) {
      taken.push(batch)
      if (taken.length === 2) return taken
    }
    return taken
  }

  it("give pre-training's clips the bytes that they always had", async () => {
    // Recorded before recipes were data.
    const [crops] = await take(1, { frames: 4, stride: 2, size: 64, batch: 3, seed: 5 })
    expect(digest(crops).slice(0, 24)).toBe("8570177524d3c886c754d67e")
    const transforms = publishedTransforms["random-resized"]
    const sizes = { frames: 1, stride: 1, size: 48, batch: 3, seed: 5, repeats: 2 }
    const [pictures] = await take(1, { ...sizes, transforms })
    expect(digest(pictures).slice(0, 24)).toBe("eb695a549f834f054bcaeb04")
  })

  it("give floats, the same with and without workers and from any position", async () => {
    const [inside, outside] = [await finetuning({ workers: 0 }), await finetuning({ workers: 1 })]
    expect(inside[0].clips).toBeInstanceOf(Float32Array)
    expect(inside[0].clips.length).toBe(4 * 2 * 32 * 32 * 3)
    expect(outside.map(({ clips }) => hash(clips))).toEqual(inside.map(({ clips }) => hash(clips)))
    const [resumed] = await finetuning({ workers: 0, start: inside[0].next })
    expect(resumed.clips).toEqual(inside[1].clips)
    const half = inside[0].clips.length / 4
    const repeats = [0, 1].map((i) => inside[0].clips.subarray(i * half, (i + 1) * half))
    expect(repeats[0]).not.toEqual(repeats[1])
  })

  it("depend on the epoch", async () => {
    const one = items.slice(0, 1)
    const taken = await finetuning({ items: one, batch: 1, workers: 0 })
    expect(taken.map(({ epoch }) => epoch)).toEqual([0, 1])
    expect(new Set(taken.map(({ clips }) => hash(clips))).size).toBe(2)
  })

  it("take a custom transform to the workers", async () => {
    const transforms = ["multi-scale-crop", { module, at: 100 }] as const
    const [inside, outside] = [
      await take(1, { transforms }),
      await take(1, { transforms, workers: 1 }),
    ]
    expect([...new Set(inside[0].clips)].sort()).toEqual([0, 255])
    expect(digest(outside[0])).toBe(digest(inside[0]))
  })

  it.each<[Sampling, readonly number[]]>([
    ["centred-dense", [6, 8, 11, 13]],
    ["segments", [2, 7, 12, 17]],
    [{ name: "segment-view", views: 2, view: 1 }, [2, 7, 12, 17]],
    [{ name: "strided-view", views: 3, view: 2 }, [12, 14, 16, 18]],
  ])("sample frames: %j", async (sampling, expected) => {
    const path = await numberedFrames(20)
    const recipe = { ...sizes, size: 16, transforms: ["centre-crop"], sampling } as const
    const { data } = await readTrainingClip({ path }, recipe, random("sampling"))
    expect([0, 1, 2, 3].map((i) => data[i * 16 * 16 * 3])).toEqual(expected)
  })

  it("choose segments or a dense clip by the list's columns", async () => {
    const path = await numberedFrames(20)
    const recipe = { ...sizes, size: 16, transforms: ["centre-crop"], sampling: "hybrid" } as const
    const ids = async (item: ClipItem, key: number) => {
      const { data } = await readTrainingClip(item, recipe, random("hybrid", key))
      return [0, 1, 2, 3].map((i) => data[i * 16 * 16 * 3])
    }
    const spans = { dense: 0, segments: 0 }
    for (let key = 0; key < 12; key++) {
      const [first, , , last] = await ids({ path }, key)
      spans.dense = Math.max(spans.dense, last - first)
      const segments = await ids({ path, frames: { count: 20 } }, key)
      expect(segments.map((id) => Math.floor(id / 5))).toEqual([0, 1, 2, 3])
    }
    expect(spans.dense).toBe(7)
    const fixed = { ...recipe, sampling: "centred-hybrid" } as const
    for (const [item, expected] of [
      [{ path }, [6, 8, 11, 13]],
      [{ path, frames: { count: 20 } }, [2, 7, 12, 17]],
    ] as const) {
      const { data } = await readTrainingClip(item, fixed, random("fixed"))
      expect([0, 1, 2, 3].map((i) => data[i * 16 * 16 * 3])).toEqual(expected)
    }
  })

  it.each<[object, RegExp]>([
    [{ sampling: "sparse" }, /unknown sampling: sparse\nchoose from pretraining, dense, /],
    [{ sampling: "segment-view" }, /"segment-view" has view -1 of 0\nwrite it as \{ name: /],
    [{ sampling: { name: "strided-view", views: 2, view: 2 } }, /has view 2 of 2/],
    [{ transforms: ["sepia"] }, /unknown transform: sepia/],
    [{ pixels: "f32" }, /give bytes, not the recipe's f32/],
  ])("that cannot work are refused: %j", async (options, message) => {
    await expect(take(1, options)).rejects.toThrow(message)
  })
})

/** A folder of numbered grey pictures, whose level is their number. */
async function numberedFrames(count: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-numbered-"))
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(16 * 16 * 3).fill(i)
    await writePng(join(folder, `${i}.png`), { data, width: 16, height: 16 })
  }
  return folder
}

describe("subprocesses", () => {
  const task: ViewsTask = {
    ...{ kind: "views", item: { path: clip("box-01") } },
    ...{ recipe, key: ["a key"], repeats: 1 },
  }
  const read = async (reader: TaskRunner, of: ViewsTask = task): Promise<Uint8Array> => {
    const into = new Uint8Array(of.repeats * 4 * 32 * 32 * 3)
    await reader.run(of, () => into)
    return into
  }

  it("that are killed cost neither the run nor a clip", async () => {
    const pool = processPool(1, 60)
    const expected = await read(inProcess)
    expect(await read(pool)).toEqual(expected)
    for (let kill = 0; kill < 3; kill++) {
      const [pid] = pool.pids
      const next = [read(pool), read(pool)]
      process.kill(pid, "SIGKILL")
      for (const clip of await Promise.all(next)) expect(clip).toEqual(expected)
      expect(pool.pids).not.toContain(pid)
    }
    pool.close()
  })

  it("that are killed before they start are restarted", async () => {
    const pool = processPool(1, 60)
    const first = read(pool)
    process.kill(pool.pids[0], "SIGKILL")
    expect(await first).toEqual(await read(inProcess))
    pool.close()
  })

  it("whose scratch file is too short do not block the reader", () => {
    const file = new ScratchFile()
    expect(() => file.read(new Uint8Array(4))).toThrow("ends after 0 of 4 bytes")
    file.close()
  })

  it.skipIf(process.platform === "win32")("that hang are killed", async () => {
    const pool = processPool(1, 10)
    await read(pool)
    process.kill(pool.pids[0], "SIGSTOP")
    await expect(read(pool)).rejects.toThrow("no frames within 10 s")
    expect(await read(pool)).toEqual(await read(inProcess))
    pool.close()
  })

  it("end with the loop", async () => {
    const pool = processPool(2, 60)
    const reads = [read(pool), read(pool), read(pool)].map((read) =>
      read.then(
        () => "read",
        (error: Error) => error.message,
      ),
    )
    pool.close()
    expect(await Promise.all(reads)).toEqual(Array(3).fill("the loader was closed"))
    await expect(read(pool)).rejects.toThrow("the loader was closed")
    expect(pool.pids).toEqual([])
  })
})
