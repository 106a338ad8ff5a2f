import type { Batch } from "@tubelet/video"
import { expect, test } from "vitest"
import { batchesOf, sheetOf } from "./batches.js"

const first = async (workers: number): Promise<Batch> => {
  const options = { frames: 4, size: 32, batch: 3, workers }
  for await (const batch of batchesOf("examples/clips", options)) return batch
  throw new Error("no batch")
}

test("batches are the same bytes whoever decodes, and can be looked at", async () => {
  const [batch, decodedApart] = [await first(0), await first(2)]
  expect(batch.shape).toEqual([3, 4, 32, 32, 3])
  expect(batch.clips).toEqual(decodedApart.clips)
  expect(new Set(batch.clips).size).toBeGreaterThan(50)

  const { width, height, data } = sheetOf(batch)
  expect(width).toBe(2 * (32 + 4) + 4)
  expect(data).toHaveLength(width * height * 3)
  const left = (row: number) => data[3 * (row * width + 4)] // where the first frames lie
  const seen = new Set(Array.from({ length: height }, (_, row) => left(row)))
  for (let i = 0; i < 3; i++) expect(seen).toContain(batch.clips[i * 4 * 32 * 32 * 3])
})
