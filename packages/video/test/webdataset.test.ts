import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { buffer } from "node:stream/consumers"
import { pack } from "tar-stream"
import { describe, expect, it } from "vitest"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { openWithFfmpeg } from "../src/decode/ffmpeg-source.js"
import { dataset, discover, load, open, openItem, writeList, writePng } from "../src/index.js"
import { clip } from "./media.js"

type Files = Readonly<Record<string, string | Buffer>>

const video = readFileSync(clip("cup-01"))
const scratch = () => mkdtempSync(join(tmpdir(), "tubelet-tar-"))

async function writeTar(path: string, files: Files): Promise<string> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  tar.finalize()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, await buffer(tar))
  return path
}

async function picture(value: number): Promise<Buffer> {
  const path = join(scratch(), "a.png")
  const data = new Uint8Array(32 * 24 * 3).fill(value)
  await writePng(path, { data, width: 32, height: 24 })
  return readFileSync(path)
}

/** A name that needs an extended header. */
const long = `${"x".repeat(120)}/0003`

describe("shards of WebDataset", () => {
  it("are read as they are, with labels of both forms, and indexed beside them", async () => {
    const root = scratch()
    await writeTar(`${root}/set-train-000000.tar`, {
      "0001.mp4": video,
      "0001.cls": "1\n",
      "0002.seg.mp4": video,
      "0002.json": '{ "label": 0, "caption": "a cup" }',
      ".hidden.mp4": "",
    })
    await writeTar(`${root}/set-train-000001.tar`, { [`${long}.mp4`]: video, [`${long}.cls`]: "2" })
    await writeTar(`${root}/set-val-000000.tar`, { "0001.mp4": video, "0001.cls": "2" })
    const found = await dataset(root)
    expect([found.kind, found.classes, found.splits]).toEqual([
      ...["webdataset", ["0", "1", "2"], ["train", "val"]],
    ])
    expect(found.items.map(({ label, path }) => [label, path.slice(root.length + 1)])).toEqual([
      [1, "set-train-000000.tar/0001.mp4"],
      [0, "set-train-000000.tar/0002.seg.mp4"],
      [2, `set-train-000001.tar/${long}.mp4`],
      [2, "set-val-000000.tar/0001.mp4"],
    ])
    const index = `${root}/set-train-000000.tar.index.json`
    const written = statSync(index).mtimeMs
    expect(await dataset(root)).toEqual(found)
    expect(statSync(index).mtimeMs).toBe(written)
    // Another archive under the old name is indexed again.
    await writeTar(`${root}/set-train-000000.tar`, { "9.mp4": video, "9.cls": "0" })
    expect((await dataset(root)).items.map(({ label }) => label)).toEqual([0, 2, 2])
    expect((await discover(root)).map(({ path }) => path)).toHaveLength(3)
    expect(await discover(`${root}/set-val-000000.tar`)).toMatchObject([{ label: 2 }])
  })

  it("are decoded where they lie: the same frames as from files", async () => {
    const root = scratch()
    const tar = await writeTar(`${root}/a,b:c.tar`, { "0.png": await picture(7), "1.mp4": video })
    const items = await discover(root)
    const [still, packed] = await Promise.all(items.map(openItem))
    const { data } = await still.frames([0])
    expect([still.width, still.height, data[0]]).toEqual([32, 24, 7])
    const whole = await open(clip("cup-01"))
    const times = [0, 2.5, 5.5]
    const expected = Buffer.from((await whole.frames(times)).data)
    expect([...packed.frameTimes]).toEqual([...whole.frameTimes])
    const read = await packed.frames(times)
    expect(read.valid).toEqual([true, true, true])
    expect(expected.equals(read.data)).toBe(true)
    const ffmpeg = await findFfmpeg()
    const piped = ffmpeg && (await openWithFfmpeg(ffmpeg, `${tar}/1.mp4`, items[1].packed))
    if (piped) expect(expected.equals((await piped.frames(times)).data)).toBe(true)
    for (const source of [still, packed, whole]) source.close()
  })

  it("give batches of pictures in worker processes", async () => {
    const root = scratch()
    const files: Record<string, string | Buffer> = {}
    for (const label of [0, 1]) {
      files[`${label}.png`] = await picture(100 * label)
      files[`${label}.cls`] = label === 0 ? "black" : "grey"
    }
    await writeTar(`${root}/shard-000000.tar`, files)
    const { items, classes } = await dataset(root)
    expect(classes).toEqual(["black", "grey"])
    const recipe = { frames: 1, stride: 1, size: 16, transforms: ["random-resized-crop"] as const }
    for await (const { clips, labels } of load({ ...recipe, items, batch: 2, workers: 1 })) {
      expect([...labels!].map((label) => 100 * label)).toEqual([clips[0], clips[768]])
      break
    }
  })

  it("can be held out in a list that finds them again", async () => {
    const root = scratch()
    const files = (label: string) => ({
      [`${label}1.mp4`]: video,
      [`${label}1.cls`]: label,
      [`${label}2.mp4`]: video,
      [`${label}2.cls`]: label,
    })
    await writeTar(`${root}/00.tar`, files("hop"))
    await writeTar(`${root}/01.tar`, files("run"))
    const found = await dataset(root, { valFraction: 0.5 })
    expect(found.splits).toEqual(["train", "val"])
    const out = scratch()
    await writeList(out, found)
    const list = join(out, "split.csv")
    expect(await dataset(list)).toEqual({ ...found, kind: "csv" })
    expect(await discover(list)).toEqual(found.items)
    writeFileSync(list, readFileSync(list, "utf8").replace("hop1.mp4", "hop9.mp4"))
    const { items } = await dataset(list)
    expect(items.map(({ missing, packed }) => [missing, packed !== undefined])).toEqual([
      [true, false],
      ...found.items.slice(1).map(() => [undefined, true]),
    ])
  })

  it("are refused if damaged, ambiguous or partly without labels", async () => {
    const root = scratch()
    const tar = await writeTar(`${root}/a.tar`, { "1.mp4": video, "1.cls": "0" })
    truncateSync(tar, 4096)
    await expect(dataset(root)).rejects.toThrow(/a.tar: is damaged after \d files .+\ndownload/)
    await writeTar(tar, { "1.mp4": video, "1.jpg": "", "1.cls": "0" })
    await expect(dataset(root)).rejects.toThrow(/1.mp4 and 1.jpg belong to one sample/)
    await writeTar(tar, { "1.mp4": video, "1.json": "{" })
    await expect(dataset(root)).rejects.toThrow(/a.tar: 1.json is not JSON/)
    await writeTar(tar, { "1.mp4": video, "1.cls": "0", "2.mp4": video })
    await expect(dataset(root)).rejects.toThrow(/a.tar\/2.mp4 has no label/)
    await writeTar(tar, { "notes.md": "" })
    await expect(dataset(root)).rejects.toThrow(/no videos or images found/)
  })

  it("are read without an index where none can be written", async () => {
    const root = scratch()
    await writeTar(`${root}/a.tar`, { "1.mp4": video, "1.cls": "0" })
    mkdirSync(`${root}/a.tar.index.json/in-the-way`, { recursive: true })
    expect((await dataset(root)).items).toHaveLength(1)
    expect(readdirSync(root)).toEqual(["a.tar", "a.tar.index.json"])
  })
})
