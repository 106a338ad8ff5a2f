import { cp, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
const pretrain = (...argv: string[]) =>
  tubelet("pretrain", "--config", at("tiny.json"), "--out", at("run"), ...argv)

beforeEach(async () => {
  folder = await makeProject()
  const { code } = await pretrain("--data", at("clips"), "--steps", "2")
  expect(code).toBe(0)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const clip = (name: string) => at("clips", name)
const goesOn = "the final weights will differ from an uninterrupted run's"

test.each([
  ["1 renamed", () => rename(clip("clip-1"), clip("other"))],
  ["1 missing", () => rm(clip("clip-1"), { recursive: true })],
  ["1 new", () => cp(clip("clip-1"), clip("more"), { recursive: true })],
  [
    "1 renamed, 1 missing",
    async () => {
      await rename(clip("clip-0"), clip("other"))
      await rm(clip("clip-2"), { recursive: true })
    },
  ],
] as const)("a resumed run says that of its clips are %s", async (change, make) => {
  await make()
  const { code, stderr } = await pretrain("--resume", "--data", at("clips"), "--steps", "3")
  expect(stderr).toContain(`clips changed (${change}): ${goesOn}`)
  expect(stderr).not.toContain("clips changed from")
  expect(code).toBe(0)
})

test("a data set that was moved as a whole has the same clips", async () => {
  await rename(at("clips"), at("moved"))
  const lost = await tubelet("pretrain", "--out", at("run"), "--resume", "--steps", "3")
  expect(lost.code).toBe(1)
  expect(lost.stderr).toContain(`the run's clips were in ${at("clips")}, which no longer exists`)
  expect(lost.stderr).toContain("--data PATH")
  const found = await pretrain("--resume", "--data", at("moved"), "--steps", "3")
  expect(found.code).toBe(0)
  expect(found.stderr).not.toContain("clips changed")
})
