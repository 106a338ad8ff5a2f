import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import { afterAll, describe, expect, it } from "vitest"
import { effort } from "../../../scripts/effort.mjs"
import { openWithNodeAv } from "../src/decode/av-source.js"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { openWithFfmpeg } from "../src/decode/ffmpeg-source.js"
import { loadNodeAv } from "../src/decode/node-av.js"
import { discover, type Source } from "../src/index.js"

// Clips of two minutes: the ffmpeg program must give the same bytes as node-av.

const folder = mkdtempSync(join(tmpdir(), "tubelet-long-"))
afterAll(() => rmSync(folder, { recursive: true }))

const av = (await loadNodeAv())!
const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: reading through ffmpeg (apt-get install ffmpeg)")

/** Runs ffmpeg with arguments without spaces. */
const make = (name: string, input: string, output: string): string => {
  const args = `-v error -y ${input} ${output}`.trim().split(/\s+/)
  execFileSync(ffmpeg!.ffmpeg, [...args, name], { cwd: folder, stdio: "inherit" })
  return join(folder, name)
}

const pattern = (rate: string, seconds = 120) =>
  `-f lavfi -i testsrc=size=32x32:rate=${rate}:duration=${seconds}`
const x264 = "-c:v libx264 -preset ultrafast -bf 2"

/** Both readers on the same file. */
async function both<T>(path: string, use: (a: Source, b: Source) => Promise<T>): Promise<T> {
  const [a, b] = [openWithNodeAv(av, path), await openWithFfmpeg(ffmpeg!, path)]
  try {
    return await use(a, b)
  } finally {
    a.close()
    b.close()
  }
}

/** The first and last frames, some in between, and a clip of neighbours. */
function someFrames({ path, frameTimes: { length } }: Source): number[] {
  const draw = random("frames", path.length)
  const drawn = Array.from({ length: 8 }, () => draw.integer(length))
  const clip = Array.from({ length: 16 }, (_, i) => Math.floor(0.9 * length) + i)
  return [0, 1, ...drawn, ...clip, length - 2, length - 1].filter((frame) => frame < length)
}

async function expectSame(path: string): Promise<Source> {
  return both(path, async (a, b) => {
    for (const key of ["width", "height", "codec", "frameRate", "duration"] as const)
      expect(b[key], key).toBe(a[key])
    expect(b.frameTimes).toEqual(a.frameTimes)
    const times = someFrames(a).map((frame) => a.frameTimes[frame])
    const [x, y] = [await a.frames(times), await b.frames(times)]
    expect(y.valid).toEqual(times.map(() => true))
    expect(x.valid).toEqual(y.valid)
    expect(Buffer.compare(y.data, x.data)).toBe(0)
    return b
  })
}

const ratio = (rate: string) => rate.split("/").reduce((a, b) => `${Number(a) / Number(b)}`)

describe.runIf(ffmpeg)("two minutes", { timeout: 120_000 }, () => {
  const clocks = [1000, 10240, 12800, 30000, 48000, 90000, 600_000, 1_000_000]
  const rates = ["24", "25", "30000/1001", "30", "60"]
  it.each(rates)("at %s frames/s, on clocks from 1 kHz to 1 MHz", async (rate) => {
    const id = rate.replace("/", "-")
    make(`${id}.mkv`, pattern(rate), x264)
    const first = rates.indexOf(rate)
    const tried = effort([clocks[first], clocks[(first + 5) % clocks.length]], clocks)
    for (const clock of tried) {
      const options = `-c copy -video_track_timescale ${clock}`
      const source = await expectSame(make(`${id}-${clock}.mp4`, `-i ${id}.mkv`, options))
      const { frameTimes, frameRate } = source
      expect(frameRate).toBeCloseTo(Number(ratio(rate)), 2)
      const last = frameTimes.length - 1
      expect(Math.abs(frameTimes[last] - last / Number(ratio(rate)))).toBeLessThan(0.002)
    }
  })

  const forms: Record<string, string> = {
    "a.mkv": "-c copy",
    "late.ts": "-c copy -output_ts_offset 3600.123",
    "early.mkv": "-c copy -output_ts_offset -1.5 -avoid_negative_ts disabled",
    "reordered.avi": "-c copy",
    "a.flv": "-c copy",
    "uneven.mp4": `-vf select='not(mod(n,7))+not(mod(n,3))' -fps_mode vfr ${x264}`,
  }
  const more = {
    "a.mov": "-c copy",
    "a.ts": "-c copy",
    "early.mp4": "-c copy -output_ts_offset -1.5 -avoid_negative_ts disabled",
    "early.ts": "-c copy -output_ts_offset -1.5 -avoid_negative_ts disabled",
    "mpeg4.avi": "-c:v mpeg4 -bf 2",
    "vp8.webm": "-c:v libvpx -deadline realtime -cpu-used 8",
  }
  it.each(Object.entries(effort(forms, { ...forms, ...more })))("%s", async (name, options) => {
    make("30.mp4", pattern("30"), x264)
    await expectSame(make(name, "-i 30.mp4", options))
  })

  it("that begin inside a group of pictures, by an edit list", async () => {
    make("whole.mp4", pattern("30"), x264)
    for (const name of ["edit.mov", "edit.mp4"])
      await expectSame(make(name, "-ss 3.21 -i whole.mp4", "-c copy"))
  })

  it("read whole: more frames than fit one command line", async () => {
    const path = make("all.mp4", pattern("60", 20), `${x264} -video_track_timescale 1000000`)
    await both(path, async (a, b) => {
      const [x, y] = [await a.frames(a.frameTimes), await b.frames(b.frameTimes)]
      expect(y.valid.filter((valid) => valid)).toHaveLength(1200)
      expect(Buffer.compare(y.data, x.data)).toBe(0)
    })
  })
})

describe.runIf(ffmpeg)("a bare stream", { timeout: 120_000 }, () => {
  const codecs: Record<string, string> = {
    h264: "-c:v libx264 -preset ultrafast -bf 0",
    "264": "-c:v libx264 -preset ultrafast -bf 2",
    hevc: "-c:v libx265 -preset ultrafast -x265-params log-level=none",
    m4v: "-c:v mpeg4 -bf 2 -f m4v",
    m2v: "-c:v mpeg2video -bf 2",
    ivf: "-c:v libvpx -deadline realtime -cpu-used 8",
  }
  const rates = ["24", "30", "30000/1001"]
  it.each(Object.keys(codecs))("with its own rate: .%s", async (extension) => {
    for (const rate of rates.slice(0, effort(2, 3))) {
      const name = `bare-${rate.replace("/", "-")}.${extension}`
      const { frameRate, frameTimes } = await expectSame(
        make(name, pattern(rate, 2), codecs[extension]),
      )
      expect(frameRate).toBeCloseTo(Number(ratio(rate)), 6)
      expect(frameTimes[10]).toBeCloseTo(10 / Number(ratio(rate)), 6)
      expect(await discover(join(folder, name))).toHaveLength(1)
    }
  })

  const silent = {
    hevc: "-c:v libx265 -preset ultrafast -x265-params log-level=none:vui-timing-info=0",
    mjpeg: "-pix_fmt yuvj420p",
  }
  it.each(Object.entries(silent))("that says no rate, at 25: .%s", async (extension, options) => {
    const source = await expectSame(make(`silent.${extension}`, pattern("30", 2), options))
    expect(source.frameRate).toBeCloseTo(25, 6)
    expect(source.frameTimes[50]).toBeCloseTo(2, 6)
  })
})
