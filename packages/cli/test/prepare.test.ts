import { existsSync } from "node:fs"
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { dataset, open, readPicture, writePng } from "@tubelet/video"
import { afterAll, beforeAll, expect, test } from "vitest"
import { commandBundle } from "../../../scripts/command-bundle.mjs"
import { tubelet } from "./project.js"
import { exitOf, start } from "./support/session.js"

const clip = (name: string) =>
  fileURLToPath(new URL(`../../../examples/clips/${name}.mp4`, import.meta.url))

let folder: string
const at = (...path: string[]) => join(folder, ...path)

/** Copies clips to files below a folder. */
async function copied(to: string, files: Record<string, string>): Promise<string> {
  for (const [file, name] of Object.entries(files)) {
    await mkdir(dirname(at(to, file)), { recursive: true })
    await copyFile(clip(name), at(to, file))
  }
  return at(to)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-prepare-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const prepare = (path: string, out: string, ...argv: string[]) =>
  tubelet("prepare", path, "--out", at(out), "--workers", "0", "--short-side", "64", ...argv)

test("class folders become small videos of the same classes and splits", async () => {
  const files = { "train/b/x.mp4": "cup-01", "train/a/x.mp4": "tree-01", "val/a/y.mp4": "box-01" }
  const source = await copied("folders", files)
  await writeFile(at("folders/train/b/bad.mp4"), "no video")
  const { code, stdout, stderr } = await prepare(source, "small", "--json")
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/left out: .*bad\.mp4/)
  expect(JSON.parse(stdout)).toMatchObject({ finished: true, clips: 3, skipped: 1 })
  const [before, after] = await Promise.all([dataset(source), dataset(at("small"))])
  expect([after.kind, after.classes, after.splits]).toEqual(["csv", before.classes, before.splits])
  const named = ({ items }: typeof after, root: string) =>
    items.map(({ path, label, split }) => [path.slice(root.length + 1), label, split]).sort()
  expect(named(after, at("small"))).toEqual(
    named(before, source).filter(([path]) => path !== "train/b/bad.mp4"),
  )
  const [from, to] = await Promise.all([open(clip("cup-01")), open(at("small/train/b/x.mp4"))])
  expect(to.frameTimes.length).toBe(from.frameTimes.length)
  expect(to.frameRate).toBeCloseTo(from.frameRate, 2)
  expect(Math.min(to.width, to.height)).toBe(64)
  const middle = from.frameTimes[20]
  const mean = (data: Uint8Array, channel: number) =>
    data.reduce((sum, value, i) => (i % 3 === channel ? sum + value : sum), 0) / (data.length / 3)
  const frames = await Promise.all([from, to].map((source) => source.frames([middle])))
  for (const channel of [0, 1, 2]) {
    const [was, is] = frames.map(({ data }) => mean(data, channel))
    expect(Math.abs(was - is)).toBeLessThan(2)
  }
  from.close()
  to.close()
})

test("ranges, numbered classes and a clip that stands twice are carried over", async () => {
  const source = await copied("listed", { "a.mp4": "street-01" })
  const rows = ["a.mp4,1,0,0.5", "a.mp4,0,0.5,1", "a.mp4,0,0.5,1"]
  await writeFile(at("listed/clips.csv"), ["path,label,start,end", ...rows].join("\n"))
  await writeFile(at("listed/labels.txt"), "walk\nrun\n")
  const { code, stderr } = await prepare(source, "parts")
  expect(code, stderr).toBe(0)
  const { items, classes } = await dataset(at("parts"))
  expect(classes).toEqual(["walk", "run"])
  expect(items.map(({ label }) => label)).toEqual([1, 0, 0])
  expect(items[1].path).toBe(items[2].path)
  const { items: parts } = await dataset(source)
  const lengths = await Promise.all(
    [items[0], items[1]].map(async ({ path }) => {
      const source = await open(path)
      source.close()
      return source.frameTimes.length / source.frameRate
    }),
  )
  expect(parts[0].seconds).toEqual({ start: 0, end: 0.5 })
  for (const seconds of lengths) expect(seconds).toBeCloseTo(0.5, 1)
})

test("images are resized", async () => {
  const data = Uint8Array.from({ length: 3 * 200 * 100 }, (_, i) => [200, 90, 30][i % 3])
  for (const name of ["a", "b"]) {
    await mkdir(at("images", name), { recursive: true })
    await writePng(at("images", name, "x.png"), { data, width: 200, height: 100 })
  }
  const { code, stderr } = await prepare(at("images"), "resized", "--pictures", "samples")
  expect(code, stderr).toBe(0)
  const picture = await readPicture(at("resized/a/x.png"))
  expect([picture.width, picture.height, picture.format]).toEqual([128, 64, "png"])
  expect([...picture.data.subarray(0, 3)]).toEqual([200, 90, 30])
})

test("kill -9, then the same command: whole files are kept, the others made", async () => {
  const names = ["street-01", "street-02", "street-03", "tree-01"]
  const source = await copied("many", Object.fromEntries(names.map((n) => [`all/${n}.mp4`, n])))
  const command = await commandBundle(folder)
  const argv = ["prepare", source, "--out", at("killed"), "--workers", "0", "--short-side", "64"]
  const child = start(command, argv)
  const made = async () => {
    const there = existsSync(at("killed")) ? await readdir(at("killed")) : []
    return there.filter((name) => name.endsWith(".mp4"))
  }
  while ((await made()).length < 2 && child.exitCode === null) await sleep(5)
  child.kill("SIGKILL")
  await exitOf(child)
  const [first] = await made()
  const { mtimeMs } = await stat(at("killed", first))
  const { code, stderr } = await tubelet(...argv)
  expect(code, stderr).toBe(0)
  expect((await stat(at("killed", first))).mtimeMs).toBe(mtimeMs)
  expect((await readdir(at("killed"))).sort()).toEqual(
    [...names.map((name) => `${name}.mp4`), "labels.txt", "prepare.json", "split.csv"].sort(),
  )
  for (const { path } of (await dataset(at("killed"))).items) {
    const video = await open(path)
    const { valid } = await video.frames(video.frameTimes)
    expect(valid.every(Boolean), path).toBe(true)
    video.close()
  }
  const other = await tubelet(...argv.slice(0, -1), "32")
  expect(other.code).toBe(1)
  expect(other.stderr).toMatch(/shortSide 64, not 32.*another folder/s)
})

test("clips of another data set are not taken for finished ones", async () => {
  const [one, two] = await Promise.all([
    copied("one", { "a/x.mp4": "cup-01", "b/y.mp4": "box-01" }),
    copied("two", { "a/y.mp4": "tree-01", "b/x.mp4": "box-01" }),
  ])
  expect((await prepare(one, "both")).code).toBe(0)
  const other = await prepare(two, "both")
  expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/data .*one, not .*two/)])
  await copied("filled", { "a/x.mp4": "box-01" })
  const filled = await prepare(one, "filled")
  expect([filled.code, filled.stderr]).toEqual([1, expect.stringContaining("is not empty")])
})

test("a data set without a single readable clip is an error", async () => {
  await mkdir(at("gone"))
  await writeFile(at("gone/list.csv"), "path,label\na.mp4,x\nb.mp4,y\n")
  const gone = await prepare(at("gone/list.csv"), "of-gone")
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("2 of 2 clips are missing")])
  expect(existsSync(at("of-gone"))).toBe(false)
  await mkdir(at("junk"))
  for (const name of ["a.mp4", "b.mp4"]) await writeFile(at("junk", name), "no video")
  const junk = await prepare(at("junk"), "of-junk")
  expect([junk.code, junk.stderr]).toEqual([1, expect.stringContaining("no clip could be read")])
})

test("the source is not written to", async () => {
  const source = await copied("source", { "a/x.mp4": "cup-01", "b/x.mp4": "box-01" })
  const before = await readdir(source, { recursive: true })
  for (const out of ["source", "source/a", "source/new"]) {
    const { code, stderr } = await prepare(source, out)
    expect([code, stderr]).toEqual([1, expect.stringContaining("outside the data set")])
  }
  expect(await readdir(source, { recursive: true })).toEqual(before)
})
