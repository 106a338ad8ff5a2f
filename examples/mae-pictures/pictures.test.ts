import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cpuBackend } from "@tubelet/backend-cpu"
import { frameOf, open, writePng } from "@tubelet/video"
import { expect, test } from "vitest"
import { pretrainOnPictures } from "./pictures.js"

test("MAE learns pictures: frames of the sample clips", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tubelet-pictures-"))
  for (const name of ["street-01", "cockatoo-01", "tree-01", "cup-01"]) {
    const source = await open(`examples/clips/${name}.mp4`)
    const { width, height, data } = await source.frames([0, 2])
    for (const i of [0, 1]) {
      await writePng(join(folder, `${name}-${i}.png`), frameOf(data, { width, height }, i))
    }
    await source.close()
  }
  const losses = await pretrainOnPictures(await cpuBackend(), { folder, steps: 30, size: 32 })
  const mean = (list: number[]) => list.reduce((a, b) => a + b) / list.length
  expect(losses).toHaveLength(30)
  expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)))
})
