import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "@tubelet/core/checksum"
import { expect } from "vitest"
import { type FuzzCase, fuzzTests } from "../../../scripts/fuzz/cases.js"
import { isStored, parseDescription, parseIndex, shardFile } from "../src/cache/format.js"
import { cachedItem, isWhole } from "../src/cache/read.js"
import { openCached } from "../src/cache/source.js"
import { loggedFrames } from "../src/decode/ffmpeg-log.js"
import {
  orientationOf,
  parseHeader,
  parseOrientation,
  parsePackets,
} from "../src/decode/ffprobe-output.js"
import { contentKind, kindBytes } from "../src/decode/kinds.js"
import { readDisplayMatrix } from "../src/decode/orientation.js"
import { hasOrientation } from "../src/decode/orientation-message.js"
import { indexPackets } from "../src/decode/packet-index.js"
import { endsEarly } from "../src/decode/truncation.js"
import { parseList } from "../src/index.js"

const utf8 = (text: string) => new TextEncoder().encode(text)
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"))

const folder = mkdtempSync(join(tmpdir(), "tubelet-fuzz-"))
/** Two clips of two frames of 3 x 2 pixels. */
const clips = [0, 1].map((clip) => Uint8Array.from({ length: 36 }, (_, i) => 50 * clip + i))
writeFileSync(shardFile(folder, 0), Buffer.concat(clips))

const settings = { frames: 2, stride: 2, shortSide: 2, clipsPerVideo: 2 }
const cacheLines = [
  { format: "tubelet-cache", version: 1, ...settings },
  ...clips.map((bytes, clip) => ({
    ...{ path: "/a.mp4", clip, of: 2, start: 0.1, frameRate: 25, shard: 0, offset: 36 * clip },
    ...{ width: 3, height: 2, crc32: crc32(bytes) },
  })),
  {
    ...{ path: "/c.mp4", clip: 0, of: 1, start: 0, frameRate: 25, shard: 0, offset: 2 ** 53 - 1 },
    ...{ width: 2 ** 31, height: 2 ** 15, crc32: 0 },
  },
  { path: "/b", range: { start: 1, count: 4 }, clip: 0, unreadable: "it is no picture" },
]

/** Settings in the first line, the index in the others. */
async function readCacheText(bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes)
  const end = text.indexOf(10) + 1
  const read = parseDescription(text.toString("utf8", 0, end), "it")
  for (const line of parseIndex(text.subarray(end), "it").lines.filter(isStored)) {
    const item = cachedItem(folder, read, line)
    if (!isWhole(item)) continue
    const source = openCached(item)
    const { data, valid } = await source.frames(source.frameTimes)
    expect([data.length, valid.includes(false)]).toEqual([
      3 * read.frames * line.width * line.height,
      false,
    ])
  }
}

const ticking = { time_base: "1/10240", avg_frame_rate: "10/1", r_frame_rate: "10/1" }
const probed = [0, 1].map((index) => {
  return { index, codec_type: "video", ...ticking, disposition: { attached_pic: 0 } }
})

/** Output of FFmpeg's programs, which contains text from the file. */
const printed = [
  (text: string) => parseHeader(text, "it"),
  (text: string) => {
    const { packets } = parsePackets(text.split("\n"), probed, 0)
    const { pts } = indexPackets(packets, text.length % 2 === 0)
    expect([...pts].sort((a, b) => a - b)).toEqual(pts)
  },
  parseOrientation,
  (displaymatrix: string) => orientationOf({ ...probed[0], side_data_list: [{ displaymatrix }] }),
  (text: string) => [...loggedFrames(text, "mov,mp4")],
]
const frameLine =
  "[Parsed_showinfo_0 @ 0x55ad08ba7780] [info] n:   1 pts:   1024 pts_time:0.1     pos:    19825 " +
  "fmt:yuv420p sar:0/1 s:340x256 i:P iskey:0 type:B"

const cases: readonly FuzzCase[] = [
  {
    name: "list file",
    target(bytes) {
      for (const { path, frames, label } of parseList(
        Buffer.from(bytes).toString(),
        "/data/l.txt",
      )) {
        const counts = [frames?.count ?? 1, (frames?.start ?? 0) + 1]
        const sound = counts.every((count) => Number.isSafeInteger(count) && count > 0)
        if (!path.startsWith("/") || !sound || !Number.isSafeInteger(label ?? 0)) {
          throw new Error(`${path} ${JSON.stringify(frames)} ${label}`)
        }
      }
    },
    seeds: [
      "/data/k400/abc.mp4 325\na b.mp4\t6",
      "videos/a b.mp4 0 -1\nframes/9 1 58",
      "f 62 140\r\ng 60 3",
      "\ufeffa.mp4,3\n# x\n\n",
      'path,label\r"a ""b, 2.mp4","3.0"\n"c" 0 163 1\nd.mp4, 4\ne.avi 300 7',
    ].map(utf8),
    words: [
      " ",
      "\t",
      ",",
      "-1",
      " 0",
      " 1",
      "1e9",
      "\n",
      "\r",
      '"',
      '""',
      "'",
      ", ",
      ".0",
      ".mp4",
      "label",
      "\0",
      "#",
      "\ufeff",
      "9".repeat(20),
    ],
  },
  {
    name: "cache",
    target: readCacheText,
    seeds: [utf8(`${cacheLines.map((line) => JSON.stringify(line)).join("\n")}\n`)],
    words: [
      '"range":{"start":0,"count":1},',
      '"unreadable":""',
      "null",
      "9007199254740991",
      "\n",
      "{}",
    ],
  },
  {
    name: "first and last bytes of videos and pictures",
    target(bytes) {
      const file = Buffer.from(bytes)
      contentKind(file.subarray(0, kindBytes), "a.mp4")
      readDisplayMatrix(file)
      endsEarly({ size: file.length, at: (from, length) => file.subarray(from, from + length) })
    },
    seeds: [
      Buffer.concat([utf8("RIFF"), hex("0c000000"), utf8("AVI LIST")]),
      Buffer.concat([hex("00000010"), utf8("ftypisom0000"), hex("00000008"), utf8("moov")]),
      Buffer.concat([
        hex("00000010"),
        utf8("ftypavif0000"),
        hex("00000001"),
        utf8("mdat"),
        hex("0000000000000010"),
      ]),
      hex("1a45dfa3 84 01020304 18538067 0100000000000004 00000000"),
      Buffer.concat([utf8("GIF89a"), hex("0100010000003b00")]),
      Buffer.concat([utf8("FLV"), hex("0105000000090000000009 00000100000000000000 aa 0000000c")]),
      Buffer.concat([
        utf8("OggS"),
        hex("0004 0000000000000000 00000000 00000000 00000000 01 02 aabb"),
      ]),
      hex(
        `3026b2758e66cf11 a1dcab8c47a9cf118ee400c00c205365 6800000000000000 ${"00".repeat(16)} ` +
          "4800000000000000",
      ),
      Buffer.from(Uint8Array.from({ length: 564 }, (_, i) => (i % 188 === 0 ? 0x47 : 0))),
      hex("000001ba 4400040004010000 03f8 000001e0 0004 80000000 000001e0 0004 80000000"),
    ].map((bytes) => Uint8Array.from(bytes)),
    words: ["RIFF", "ftyp", "moov", "GIF8", "FLV", "OggS", "\x00\x00\x01"],
  },
  {
    name: "messages beside pictures",
    target(bytes) {
      const codec = (bytes[0] ?? 0) & 1 ? "hevc" : "h264"
      for (const header of [null, bytes.subarray(0, 32)]) {
        hasOrientation(codec, bytes.subarray(32), header)
      }
    },
    seeds: [0, 1].flatMap((which) =>
      ["00000007", "00000107", "000000010000000005", "0000000100000007"].map((start) => {
        const head = new Uint8Array(32)
        head.fill(1, which ? 21 : 4, which ? 22 : 5)
        head[0] = which ? 1 : 0
        const unit = which ? "4e01 0502aabb 2f03080010 80" : "06 0502aabb 2f03080010 80"
        return Uint8Array.from([
          ...head,
          ...hex(start),
          ...hex(unit),
          ...hex(start),
          ...hex("65ff"),
        ])
      }),
    ),
    words: ["\x00\x00\x01", "\x06\x2f", "N\x01/", "\xff"],
  },
  {
    name: "words of ffmpeg and ffprobe",
    target: (bytes) =>
      printed[(bytes[0] ?? 0) % printed.length](Buffer.from(bytes.subarray(1)).toString("latin1")),
    seeds: [
      JSON.stringify({ streams: probed, format: { format_name: "mov,mp4", duration: "6.0" } }),
      "stream_index=0|pts=0|dts=N/A|duration=1024|size=17|flags=K__\n" +
        "stream_index=0|pts=1024|dts=512|size=9|flags=__C\nstream_index=1|pts=1|flags=_D_",
      '{"frames":[{"side_data_list":[{"displaymatrix":"0: 0 1 0\\n1: 1 0 0\\n2: 0 0 0"}]}]}',
      "\n00000000: 0 65536 0\n00000001: -65536 0 0\n00000002: 0 0 1073741824\n",
      `[info]   title : ${frameLine}\n[h264 @ 0x5] [error] no frame!\n${frameLine}\n[error] x`,
    ].map((text, which) => Uint8Array.from([which, ...utf8(text)])),
    words: [" pts_time:", "iskey:1", "[info] n: ", "|pts=", "N/A", "\n", " @ 0x1] ", "[error]"],
  },
]

fuzzTests(cases, /packages\/video\/src/)
