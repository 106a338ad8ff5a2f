import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, it, vi } from "vitest"
import { loggedFrames } from "../src/decode/ffmpeg-log.js"
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

/** Programs that log their calls; ffprobe is killed when asked for packets. */
function programs(whenAskedForPackets: string) {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-programs-"))
  const log = join(folder, "log")
  for (const name of ["ffmpeg", "ffprobe"] as const) {
    const script = `#!/bin/sh
echo "$*" >> "${log}"
case "$*" in *packet=*) ${whenAskedForPackets} ;; esac
exec ${ffmpeg![name]} "$@"
`
    writeFileSync(join(folder, name), script, { mode: 0o755 })
  }
  vi.stubEnv("FFMPEG_PATH", join(folder, "ffmpeg"))
  return { calls: () => readFileSync(log, "utf8").trim().split("\n") }
}

it.runIf(ffmpeg)("asks ffmpeg for its version once, not at every clip", async () => {
  const { calls } = programs(":")
  for (const name of ["street-01", "cup-01"]) (await open(clip(name))).close()
  expect(calls().filter((call) => call === "-version")).toHaveLength(2)
  expect(calls().filter((call) => call.includes("packet="))).toHaveLength(2)
})

it.runIf(ffmpeg)("takes no part of an index from an ffprobe that was killed", async () => {
  programs("kill -9 $$")
  const video = open(clip("street-01"))
  await expect(video).rejects.toThrow(/street-01\.mp4: ffprobe was killed/)
})

it("does not take a file's metadata for ffmpeg's log", () => {
  const shown = (n: number) =>
    `[Parsed_showinfo_0 @ 0x5] [info] n: ${n} pts: ${n} pts_time:${n} pos: 1 i:P iskey:0 type:P`
  const [title, damage] = [`[info]   title : ${shown(7)}`, "[h264 @ 0x6] [error] no frame!"]
  const lines = [title, shown(0), "[info]   title : [error]", shown(1), damage, shown(2)]
  const told = [...loggedFrames(`${lines.join("\n")}\n[mov @ 0x6] [error] odd\n${shown(3)}`, "mov")]
  expect(told.map(({ count }) => count)).toEqual([0, 1, 2, 3])
  expect(told.map(({ hasError }) => hasError)).toEqual([false, false, true, false])
})

it("says what to install if there is neither, and still reads pictures and folders", async () => {
  vi.stubEnv("FFMPEG_PATH", "/nowhere/ffmpeg")
  const video = open(clip("street-01"))
  await expect(video).rejects.toThrow(/street-01\.mp4: no video decoder is installed \(Cannot find/)
  await expect(video).rejects.toThrow(/npm install node-av@.+ or ffmpeg, or set FFMPEG_PATH/)
  const folder = mkdtempSync(join(tmpdir(), "tubelet-fallback-"))
  for (const i of [1, 2]) {
    const data = new Uint8Array(12).fill(i)
    await writePng(join(folder, `img_0000${i}.png`), { data, width: 2, height: 2 })
  }
  expect((await open(join(folder, "img_00001.png"))).frameTimes.length).toBe(1)
  expect((await open(folder)).frameTimes.length).toBe(2)
})
