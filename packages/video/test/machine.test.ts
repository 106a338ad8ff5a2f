import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it, vi } from "vitest"
import { MachineError, machineError } from "../src/decode/machine.js"
import { discover, load, MediaError, writeCache } from "../src/index.js"
import { refusal, refused } from "../src/workers/refusal.js"
import { clips } from "./media.js"

afterEach(() => {
  vi.unstubAllEnvs()
})

const withCode = (code: string, syscall = "open") =>
  Object.assign(new Error(`${code}: it failed`), { code, syscall })

describe("what an error is about", () => {
  it.each([
    withCode("EMFILE"),
    withCode("ENFILE"),
    withCode("ENOMEM", "spawn"),
    withCode("EAGAIN", "spawn node"),
    withCode("ENOSPC", "write"),
    withCode("ENOENT", "spawn ffmpeg"),
    new RangeError("Array buffer allocation failed"),
    new MediaError("/a.mp4", "not a readable video: Too many open files", "check it"),
    new MediaError("/a.jpg", "not a readable image: Cannot allocate memory", "check it"),
  ])("the machine's: %s", (error) => {
    const passed = refused(refusal(error))
    expect(passed).toBeInstanceOf(MachineError)
    expect(passed.message).toBe(machineError(error)?.message)
    expect((passed as MachineError).code).toBe(machineError(error)?.code)
    expect((passed as MachineError).advice).toMatch(/ulimit|TMPDIR|workers|path/)
  })

  it.each([
    withCode("ENOENT"),
    withCode("EACCES"),
    withCode("EIO", "read"),
    new MediaError("/too many open files.mp4", "has no readable frame", "copy it"),
    new TypeError("x is undefined"),
  ])("the clip's: %s", (error) => {
    expect(machineError(error)).toBeUndefined()
    const passed = refused(refusal(error))
    expect(passed).not.toBeInstanceOf(MachineError)
    expect(passed.message).toBe(error.message)
  })
})

describe("an unusable folder for temporary files", () => {
  const recipe = { frames: 2, stride: 1, size: 32, transforms: ["resize", "centre-crop"] } as const
  const file = join(mkdtempSync(join(tmpdir(), "tubelet-machine-")), "file")
  writeFileSync(file, "")

  it.each(["/nowhere/tmp", file, "/proc"])(
    "%s: one error, and no clip is skipped",
    async (path) => {
      const items = await discover(clips)
      vi.stubEnv("TMPDIR", path)
      const skipped: string[] = []
      const onSkip = ({ path }: { path: string }) => skipped.push(path)
      const batches = load({ ...recipe, items, batch: 2, workers: 1, onSkip })
      const told = /: cannot write a temporary file \(.+\)\nset TMPDIR to/
      await expect(batches.next()).rejects.toThrow(told)
      expect(skipped).toEqual([])
      vi.stubEnv("TMPDIR", "/tmp")
      const out = mkdtempSync(join(tmpdir(), "tubelet-machine-"))
      vi.stubEnv("TMPDIR", path)
      const writing = async () => {
        for await (const { unreadable } of writeCache({ items, out, workers: 1 })) {
          if (unreadable) skipped.push(unreadable.path)
        }
      }
      await expect(writing()).rejects.toThrow(told)
      expect(skipped).toEqual([])
    },
  )
})
