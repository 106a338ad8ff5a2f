import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dataset, load, writePng } from "@tubelet/video"
import { expect, test } from "vitest"
import jester from "./jester.js"

/** Jester in miniature: two gestures of four grey frames, which get lighter or darker. */
async function download(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "tubelet-jester-"))
  const text = (name: string, lines: string) => writeFileSync(join(root, name), lines)
  text("jester-v1-labels.csv", "Swiping Left\nSwiping Right\nDrumming Fingers\n")
  text("jester-v1-train.csv", "34870;Drumming Fingers\n56557;Swiping Left\n")
  text("jester-v1-validation.csv", "9223;Swiping Left\n")
  for (const [id, step] of Object.entries({ 34870: 20, 56557: -20 })) {
    const folder = join(root, "20bn-jester-v1", id)
    mkdirSync(folder, { recursive: true })
    for (let i = 0; i < 4; i++) {
      const data = new Uint8Array(16 * 16 * 3).fill(128 + i * step)
      await writePng(join(folder, `0000${i + 1}.jpg`), { data, width: 16, height: 16 })
    }
  }
  return root
}

test("Jester's classes, splits and labels, down to the batches", async () => {
  const found = await dataset(await download(), { kind: jester })
  expect([found.kind, found.classes[2], found.splits]).toEqual([
    ...["jester", "Drumming Fingers", ["train", "val"]],
  ])
  expect(found.items.map(({ label, missing }) => [label, missing])).toEqual([
    [2, undefined],
    [0, undefined],
    [0, true],
  ])
  const items = found.items.filter(({ split }) => split === "train")
  const sizes = {
    frames: 4,
    stride: 1,
    size: 16,
    transforms: ["resize", "centre-crop"],
    batch: 2,
    workers: 0,
  } as const
  for await (const { clips, labels, samples } of load({ items, ...sizes })) {
    const lightens = samples.map((_, i) => clips[(i * 4 + 3) * 768] > clips[i * 4 * 768])
    expect([...labels!]).toEqual(lightens.map((does) => (does ? 2 : 0)))
    break
  }
})
