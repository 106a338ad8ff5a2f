import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it, vi } from "vitest"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { open, writePng } from "../src/index.js"
import { clip } from "./media.js"

// As on a machine where the optional peer is not installed.
vi.mock("../src/decode/node-av.js", () => ({
  loadNodeAv: async () => undefined,
  nodeAvFailure: () => "Cannot find package 'node-av'",
}))

afterEach(() => {
  vi.unstubAllEnvs()
})

const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: videos without node-av (apt-get install ffmpeg)")

it.runIf(ffmpeg)("reads videos through ffmpeg where node-av is not installed", async () => {
  const source = await open(clip("street-01"))
  expect([source.codec, source.width, source.frameTimes.length]).toEqual(["h264", 340, 60])
  const { valid, timestamps } = await source.frames([5.95, 0.05])
  expect([valid, [...timestamps]]).toEqual([
    [true, true],
    [5.9, 0],
  ])
  source.close()
})

it("says what to install where neither is, and still reads pictures and folders", async () => {
  vi.stubEnv("FFMPEG_PATH", "/nowhere/ffmpeg")
  const video = open(clip("street-01"))
  await expect(video).rejects.toThrow(/street-01\.mp4: no video decoder is installed \(Cannot find/)
  await expect(video).rejects.toThrow(/npm install node-av@.+ install ffmpeg, or set FFMPEG_PATH/)
  const folder = mkdtempSync(join(tmpdir(), "tubelet-fallback-"))
  for (const i of [1, 2]) {
    const data = new Uint8Array(12).fill(i)
    await writePng(join(folder, `img_0000${i}.png`), { data, width: 2, height: 2 })
  }
  expect((await open(join(folder, "img_00001.png"))).frameTimes.length).toBe(1)
  expect((await open(folder)).frameTimes.length).toBe(2)
})
