import { mkdtemp, readdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cpuBackend } from "@tubelet/backend-cpu"
import { expect, test } from "vitest"
import { pretrainFolder } from "./folder.js"

test("a folder of clips is trained on, saved, and gone on with", async () => {
  const out = await mkdtemp(join(tmpdir(), "tubelet-folder-"))
  const backend = await cpuBackend()
  const steps: number[] = []
  for (const until of [2, 4]) {
    const run = pretrainFolder({ backend, data: "examples/clips", steps: until, out })
    for await (const { step, loss } of run) {
      steps.push(step)
      expect(loss).toBeGreaterThan(0)
    }
  }
  expect(steps).toEqual([1, 2, 3, 4])
  expect(await readdir(out)).toEqual(
    expect.arrayContaining(["checkpoint-000002", "checkpoint-000004", "config.json"]),
  )
})
