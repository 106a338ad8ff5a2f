import { cp, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readFloats } from "@tubelet/checkpoint"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

/**
 * A run of `tinyRun` over the clips of `makeProject`, begun at commit 7f551cd with --steps 8
 * --save-every 4 --views 2 --ema 0.9 --clip-grad 0.5 --accumulate 2 and stopped after step 4;
 * `uninterrupted` holds what the same run gave in one go.
 */
const older = fileURLToPath(new URL("runs/7f551cd", import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await makeProject()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const lossesIn = async (path: string): Promise<number[]> => {
  const lines = (await readFile(join(path, "metrics.jsonl"), "utf8")).trim().split("\n")
  return lines.map((line) => JSON.parse(line).loss)
}

test("a run that an older version began resumes to what it would have become", async () => {
  const out = join(folder, "older")
  await cp(older, out, { recursive: true })
  const { code, stderr } = await tubelet(
    ...["pretrain", "--config", join(out, "config.json"), "--data", join(folder, "clips")],
    ...["--out", out, "--resume"],
  )
  expect(stderr).not.toMatch(/error/)
  expect(code).toBe(0)
  const whole = join(older, "uninterrupted")
  const expected = await lossesIn(whole)
  for (const [i, loss] of (await lossesIn(out)).entries()) expect(loss).toBeCloseTo(expected[i], 6)

  const found = await readFloats(join(out, "checkpoint-000008", "model.safetensors"))
  for (const [name, wanted] of Object.entries(await readFloats(join(whole, "model.safetensors")))) {
    const worst = Math.max(...wanted.map((x, i) => Math.abs(x - found[name][i])))
    expect(worst, name).toBeLessThan(1e-6)
  }
})
