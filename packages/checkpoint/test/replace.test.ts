import fs from "node:fs/promises"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { replaceFile } from "@tubelet/core/files"
import { afterEach, beforeEach, expect, test, vi } from "vitest"

let folder: string
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), "tubelet-replace-"))
})
afterEach(async () => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
  await fs.rm(folder, { recursive: true })
})

/** What some mounts do: they refuse to open a folder, or to sync one. */
function refuse(what: "open" | "sync"): { asked: boolean } {
  const seen = { asked: false }
  const { open } = fs
  vi.spyOn(fs, "open").mockImplementation(async (path, ...rest) => {
    if (path !== folder) return open(path, ...rest)
    seen.asked = true
    if (what === "open") throw Object.assign(new Error("EACCES"), { code: "EACCES" })
    const handle = await open(path, ...rest)
    vi.spyOn(handle, "sync").mockRejectedValue(new Error("EINVAL"))
    return handle
  })
  syncBuiltinESMExports()
  return seen
}

test.each(["open", "sync"] as const)(
  "a file is replaced even if its folder refuses to %s",
  async (what) => {
    const seen = refuse(what)
    const path = join(folder, "a")
    await replaceFile(path, (append) => append(Uint8Array.of(1, 2)))
    expect(seen.asked).toBe(true)
    expect([...(await fs.readFile(path))]).toEqual([1, 2])
    expect(await fs.readdir(folder)).toEqual(["a"])
  },
)
