import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { presets } from "@tubelet/models"
import { dataset, writePng } from "@tubelet/video"
import { expect, test } from "vitest"
import { type ClipBatch, fileClips, memoryClips } from "../src/index.js"

async function first(batches: AsyncIterator<ClipBatch>): Promise<ClipBatch> {
  const { value } = await batches.next()
  await batches.return?.()
  return value
}

test("clips in memory keep their labels when they are shuffled", async () => {
  const clips = [0, 1, 2, 3, 4].map((value) => new Uint8Array(4).fill(value))
  const data = memoryClips(clips, { seed: 3, labels: [10, 11, 12, 13, 14] })
  const batch = await first(data.batches({ batch: 5, start: 0 }))
  const shown = batch.samples.map((_, i) => 10 + batch.clips[4 * i])
  expect([...batch.labels!]).toEqual(shown)
  expect("labels" in (await first(memoryClips(clips).batches({ batch: 5, start: 0 })))).toBe(false)
})

test("the clips of one split of a data set, each with its label", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-labelled-"))
  const rows = ["path,label,split", "0.png,black,train", "1.png,black,val", "2.png,grey,train"]
  for (const i of [0, 1, 2]) {
    const data = new Uint8Array(48 * 48 * 3).fill(80 * i)
    await writePng(join(folder, `${i}.png`), { data, width: 48, height: 48 })
  }
  writeFileSync(join(folder, "data.csv"), rows.join("\n"))
  const { items, classes } = await dataset(join(folder, "data.csv"))
  expect(classes).toEqual(["black", "grey"])
  const config = { ...presets["mae-ti"], imageSize: 32 }
  const options = { config, items: items.filter(({ split }) => split === "train"), workers: 0 }
  const data = await fileClips({ path: folder, ...options })
  expect([data.length, data.names]).toEqual([2, ["0.png", "2.png"]])
  const batch = await first(data.batches({ batch: 2, start: 0 }))
  const bytes = batch.clips.length / 2
  expect([...batch.labels!]).toEqual([0, 1].map((i) => (batch.clips[i * bytes] === 0 ? 0 : 1)))
  const seconds = [{ start: 0, end: 0.5 }, { start: 0.5 }]
  const parts = seconds.map((seconds) => ({ path: join(folder, "0.png"), seconds }))
  const cut = await fileClips({ path: folder, config, items: parts, workers: 0 })
  expect(cut.names).toEqual(["0.png    0-0.5 s", "0.png    0.5- s"])
  const gone = options.items.map((item) => ({ ...item, missing: true as const }))
  await expect(fileClips({ path: folder, ...options, items: gone })).rejects.toThrow(/2 of 2 clips/)
})
