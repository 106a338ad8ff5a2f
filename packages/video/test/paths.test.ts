import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openWithNodeAv } from "../src/decode/av-source.js"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { openWithFfmpeg } from "../src/decode/ffmpeg-source.js"
import { loadNodeAv } from "../src/decode/node-av.js"
import { discover, open, readPicture, writeMp4, writePng } from "../src/index.js"
import { FfmpegWriter } from "../src/write/ffmpeg-writer.js"
import { clip } from "./media.js"

const av = (await loadNodeAv())!
const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: reading through ffmpeg (apt-get install ffmpeg)")

/** Both decoders, each with the name as passed by the user. */
const readers = {
  "node-av": async (path: string) => openWithNodeAv(av, path),
  ...(ffmpeg && { ffmpeg: (path: string) => openWithFfmpeg(ffmpeg, path) }),
}

let asked = 0
const server = createServer((_, response) => {
  asked++
  response.end(readFileSync(clip("street-01")))
})
const here = process.cwd()

beforeAll(async () => {
  process.chdir(mkdtempSync(join(tmpdir(), "tubelet-paths-")))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
})

afterAll(() => {
  process.chdir(here)
  server.close()
})

const host = () => `127.0.0.1:${(server.address() as { port: number }).port}`

async function writeWithFfmpeg(...[path, film, frameRate]: Parameters<typeof writeMp4>) {
  const writer = new FfmpegWriter(path, { ...film, frameRate })
  await writer.write(film.clip)
  await writer.end()
  writer.close()
}

const anywhere = ["-i", "--", "@list", "a%03d", "a#b", "[a] b", "caf\u00e9", "cafe\u0301", "日本"]
const odd = [
  ...["12:30:00", "pipe:0", "http:x", "concat:x", "file:x", "data:,x", "subfile,,start,0:x"],
  ...["-", "x|y", "a?b*[c]{d}", "a?c=d&e", "a'b\"c", "a\\b", "new\nline", "tee:x", "hf:x", "~"],
]
const names = process.platform === "win32" ? anywhere : [...anywhere, ...odd]

describe("a name is not a URL, option or pattern", () => {
  it.each(names)("%j", async (name) => {
    copyFileSync(clip("street-01"), `${name}.mp4`)
    for (const read of Object.values(readers)) {
      const source = await read(`${name}.mp4`)
      const { valid } = await source.frames([5])
      expect([source.frameTimes.length, valid]).toEqual([60, [true]])
      source.close()
    }
  })

  it.each(names)("%j of a picture", async (name) => {
    const picture = { data: new Uint8Array(48).fill(9), width: 4, height: 4 }
    await writePng(`${name}.png`, picture)
    const { data } = await readPicture(`${name}.png`)
    expect([...data]).toEqual([...picture.data])
  })

  it("of a picture with what looks like libvips options", async () => {
    const picture = (grey: number) => ({ data: new Uint8Array(48).fill(grey), width: 4, height: 4 })
    for (const [i, name] of ["a.png", "a.png[1]", "a.png[page=3]"].entries()) {
      await writePng(name, picture(i))
      expect((await readPicture(name)).data[0]).toBe(i)
    }
  })

  it.each(["a%03d.bmp", "a[0-9].bmp"])("of a bitmap: %s", async (name) => {
    const pixels = Buffer.alloc(54 + 12 * 4, 200)
    pixels.write("BM")
    pixels.writeUInt32LE(pixels.length, 2)
    pixels.writeUInt32LE(0, 6)
    for (const [at, value] of [54, 40, 4, 4, 1 + (24 << 16), 0, 48, 0, 0, 0, 0].entries())
      pixels.writeUInt32LE(value, 10 + 4 * at)
    writeFileSync(name, pixels)
    for (const read of Object.values(readers)) {
      const source = await read(name)
      expect([source.codec, source.width, (await source.frames([0])).data[0]]).toEqual([
        ...["bmp", 4],
        200,
      ])
      source.close()
    }
  })

  it.each(names)("%j of a film that is written", async (name) => {
    const film = { clip: new Uint8Array(2 * 3 * 16 * 16).fill(99), width: 16, height: 16 }
    const write = ffmpeg ? [writeMp4, writeWithFfmpeg] : [writeMp4]
    for (const [i, writes] of write.entries()) {
      // Also in a folder of that name: `--out http:x`.
      mkdirSync(`out-${i}`, { recursive: true })
      process.chdir(`out-${i}`)
      try {
        mkdirSync(name, { recursive: true })
        for (const path of [`${name}.mp4`, `${name}/film.mp4`]) {
          await writes(path, film, 10)
          const source = await open(path)
          expect(source.frameTimes.length).toBe(2)
          source.close()
        }
      } finally {
        process.chdir("..")
      }
    }
  })
})

describe("no other file is read", () => {
  const inside: Record<string, (target: string) => string> = {
    "list.m3u8": (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:6,\n${target}\n`,
    "list.ffconcat": (target) => `ffconcat version 1.0\nfile '${target}'\n`,
    "a.sdp": (target) =>
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${target}\nc=IN IP4 127.0.0.1\nt=0 0\n` +
      "m=video 40404 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "a.mpd": (target) =>
      '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ' +
      'mediaPresentationDuration="PT6S"><Period><AdaptationSet mimeType="video/mp4">' +
      `<Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL>` +
      "</Representation></AdaptationSet></Period></MPD>",
    "a.svg": (target) =>
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
      `width="8" height="8"><image width="8" height="8" xlink:href="${target}"/></svg>`,
  }
  const targets = {
    "another file": () => clip("street-01"),
    "a file beside it": () => "beside.mp4",
    "the network": () => `http://${host()}/a.mp4`,
  }
  for (const [what, target] of Object.entries(targets)) {
    it.each(Object.keys(inside))(`and not ${what} that %s names`, async (name) => {
      copyFileSync(clip("street-01"), "beside.mp4")
      const text = inside[name](target())
      // Under its own name, and as a data set would name it.
      for (const path of [name, `${name}.mp4`]) {
        writeFileSync(path, text)
        for (const read of Object.values(readers)) {
          await expect(read(path)).rejects.toThrow(/not a readable video/)
        }
        await expect(open(path)).rejects.toThrow(/not a readable/)
      }
      writeFileSync(`${name}.png`, text)
      await expect(open(`${name}.png`)).rejects.toThrow(/not a readable image/)
      expect(asked).toBe(0)
    })
  }

  it("and not what a movie's track refers to", async () => {
    // The data is claimed to be elsewhere: `dref` holds a URL instead of "in this file".
    const movie = readFileSync(clip("street-01"))
    const at = movie.indexOf("dref")
    expect(movie.toString("latin1", at + 16, at + 20)).toBe("url ")
    movie.writeUInt32BE(0, at + 20)
    writeFileSync("elsewhere.mp4", movie)
    for (const read of Object.values(readers)) {
      const source = await read("elsewhere.mp4").catch(() => undefined)
      source?.close()
    }
    expect(asked).toBe(0)
  })
})

describe.skipIf(process.platform !== "linux")("names that are not UTF-8", () => {
  const latin = (text: string) => Buffer.from(text, "latin1")

  it("are named as the cause, in folders and lists", async () => {
    mkdirSync("latin")
    const bytes = readFileSync(clip("street-01"))
    writeFileSync(latin("latin/caf\u00e9.mp4"), bytes)
    writeFileSync("list.txt", latin("latin/caf\u00e9.mp4\n"))
    await expect(discover("latin")).rejects.toThrow(/caf\ufffd.mp4 \(its name .*\nrename it/)
    copyFileSync(clip("street-01"), "latin/b.mp4")
    const [, { path }] = await discover("latin")
    await expect(open(path)).rejects.toThrow(/its name is not UTF-8.*\nrename it/)
    await expect(discover("list.txt")).rejects.toThrow("not text in UTF-8")
    mkdirSync(Buffer.concat([Buffer.from("latin/"), latin("d\u00e9")]))
    await expect(discover("latin")).rejects.toThrow(/latin\/d\ufffd: its name is not UTF-8/)
    await expect(discover("d\ufffd.mp4")).rejects.toThrow("its name is not UTF-8")
    await expect(open("none.mp4")).rejects.toThrow("no such file")
  })
})

it("a vector drawing named like a picture is refused", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
  expect((await sharp(Buffer.from(svg)).metadata()).format).toBe("svg")
  writeFileSync("drawing.png", svg)
  await expect(readPicture("drawing.png")).rejects.toThrow("its format is svg")
})
