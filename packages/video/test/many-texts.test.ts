import { copyFileSync, type createReadStream, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { dataset } from "../src/index.js"
import { clip } from "./media.js"

const texts = vi.hoisted(() => ({ open: 0, most: 0 }))

vi.mock("node:fs", async (importOriginal) => {
  const fs: { createReadStream: typeof createReadStream } = await importOriginal()
  return {
    ...fs,
    createReadStream(...request: Parameters<typeof createReadStream>) {
      texts.open++
      texts.most = Math.max(texts.most, texts.open)
      return fs.createReadStream(...request).once("close", () => texts.open--)
    },
  }
})

it("a data set with a caption for every clip has few of them open at once", async () => {
  const root = mkdtempSync(join(tmpdir(), "tubelet-captions-"))
  for (const name of ["cup", "box"]) {
    mkdirSync(join(root, name))
    copyFileSync(clip(`${name}-01`), join(root, name, "1.mp4"))
    for (let i = 0; i < 200; i++) writeFileSync(join(root, name, `${i}.txt`), "a thing turns\n")
  }
  const { classes } = await dataset(root)
  expect(classes).toEqual(["box", "cup"])
  expect(texts.most).toBeGreaterThan(0)
  expect(texts.most).toBeLessThan(100)
})
