import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { readPicture, writePng } from "@tubelet/video"
import { afterAll, beforeAll, expect, test } from "vitest"
import { chosenClips } from "../src/data/chosen.js"
import { tubelet } from "./project.js"

const clip = (name: string) =>
  fileURLToPath(new URL(`../../../examples/clips/${name}.mp4`, import.meta.url))

let folder: string
const at = (...path: string[]) => join(folder, ...path)

async function put(name: string, content: string): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true })
  await writeFile(at(name), content)
}

async function putClip(name: string, from: string): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true })
  await cp(clip(from), at(name))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-data-"))
  const name = (label: string, group: number) => `${label}/v_${label}_g0${group}_c01.avi`
  const [makeup, archery] = ["ApplyEyeMakeup", "Archery"]
  await put("ucf/lists/classInd.txt", `1 ${makeup}\n2 ${archery}\n3 BabyCrawling\n`)
  await put("ucf/lists/trainlist01.txt", `${name(makeup, 8)} 1\n${name(archery, 8)} 2\n`)
  await put("ucf/lists/testlist01.txt", `${name(archery, 1)}\n${name(archery, 2)}\n`)
  await putClip(`ucf/UCF-101/${name(makeup, 8)}`, "cup-01")
  await putClip(`ucf/UCF-101/${name(archery, 8)}`, "tree-01")
  await put(`ucf/UCF-101/${name(archery, 1)}`, "no video")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const data = (...argv: string[]) => tubelet("data", ...argv, "--workers", "0")

test("counts clips, missing and unreadable ones, and draws a clip of each class", async () => {
  const out = at("out")
  const { code, stdout, stderr } = await data(at("ucf"), "--json", "--out", out)
  expect(code, stderr).toBe(0)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({
    kind: "ucf101",
    classes: ["ApplyEyeMakeup", "Archery", "BabyCrawling"],
    splits: {
      train: { clips: 2, missing: 0, opened: 2, unreadable: 0, perClass: [1, 1, 0] },
      test: { clips: 2, missing: 1, opened: 1, unreadable: 1, perClass: [0, 2, 0] },
    },
    missing: [expect.stringMatching(/v_Archery_g02_c01.avi$/)],
    unreadable: [{ path: expect.stringMatching(/g01_c01.avi$/), reason: expect.any(String) }],
  })
  expect(report.splits.train.seconds.most).toBeGreaterThan(1)
  expect("seconds" in report.splits.test).toBe(false)
  expect((await readdir(out)).sort()).toEqual(["contact-sheet.png", "data.json"])
  expect(JSON.parse(await readFile(join(out, "data.json"), "utf8"))).toEqual({
    ...report,
    out: undefined,
  })
  // Three rows of four pictures: two clips, and nothing where a class has none.
  const sheet = await readPicture(join(out, "contact-sheet.png"))
  const isBlank = (row: number) => {
    const y = Math.floor(((row + 0.6) * sheet.height) / 3)
    const pixels = sheet.data.subarray(3 * y * sheet.width, 3 * (y + 1) * sheet.width)
    return pixels.every((value) => value === 255)
  }
  expect([0, 1, 2].map(isBlank)).toEqual([false, false, true])
})

test("says it in lines, with names from a file, a partition and a root", async () => {
  await put("names.json", JSON.stringify({ id2label: { 0: "jump", 1: "run" } }))
  await put("lists/train.csv", "street-01.mp4 1\n/their/street-02.mp4 0\n")
  await putClip("videos/street-01.mp4", "street-01")
  const root = ["--root", at("videos"), "--labels", at("names.json"), "--out", at("lines")]
  const { code, stdout, stderr } = await data(at("lists"), ...root)
  expect(code, stderr).toBe(0)
  const lines = stdout.split("\n")
  expect(lines[0]).toBe("list: 2 classes")
  expect(lines[1]).toMatch(/^split +clips +missing +unreadable +classes +seconds$/)
  expect(lines[2]).toMatch(/^train +2 +1 +0 +2 +\d+\.\d \/ \d+\.\d \/ \d+\.\d$/)
  expect(lines.slice(3, 5)).toEqual(["0 jump: 1", "1 run: 1"])
  expect(stdout).toMatch(/missing: .+street-02\.mp4\nwrote contact-sheet.png/)
  const lost = await data(at("lists"), "--out", at("lost"))
  expect(lost.stdout).toMatch(/^none of the clips exist: pass their folder as --root$/m)
  const second = await data(at("ucf"), "--split", "2", "--out", at("second"))
  expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/UCF101's split 2 is/)])
  const foreign = await data(at("ucf"), "--out", at("lists"))
  expect(foreign.code).toBe(0)
  await put("theirs/data.json", "{}")
  expect((await data(at("ucf"), "--out", at("theirs"))).stderr).toMatch(/already exists/)
})

test("names clips that stand in two splits", async () => {
  await putClip("twice/train/cup/a.mp4", "cup-01")
  await putClip("twice/val/cup/b.mp4", "cup-01")
  const { stdout } = await data(at("twice"), "--out", at("out-twice"))
  expect(stdout).toMatch(/^in two splits: .+a\.mp4 \(train\) and .+b\.mp4 \(val\), equal bytes$/m)
  const { duplicates } = JSON.parse(await readFile(at("out-twice", "data.json"), "utf8"))
  expect(duplicates).toMatchObject([{ splits: ["train", "val"], equal: "bytes" }])
})

test("holds clips out for validation, and writes a list that gives the same again", async () => {
  for (const [i, label] of ["run", "run", "run", "hop, skip", "hop, skip"].entries()) {
    await putClip(`own/${label}/g${i}.mp4`, "cup-01")
  }
  const flags = ["--val-fraction", "0.4", "--group-by", "g\\d", "--seed", "3", "--json"]
  const { stdout, stderr } = await data(at("own"), ...flags, "--out", at("out-own"))
  const { splits, classes } = JSON.parse(stdout)
  expect([splits.val.perClass, splits.train.perClass], stderr).toEqual([
    [1, 1],
    [1, 2],
  ])
  expect(await readFile(at("out-own", "labels.txt"), "utf8")).toBe("hop, skip\nrun\n")
  const again = await data(at("out-own", "split.csv"), "--json", "--out", at("out-again"))
  expect(JSON.parse(again.stdout)).toMatchObject({ kind: "csv", classes, splits })
  const held = /^.+,val,.*$/gm
  const written = await readFile(at("out-own", "split.csv"), "utf8")
  expect(written.match(held)).toHaveLength(2)
  expect(written).toMatch(/^".+hop, skip\/g\d\.mp4","hop, skip",(train|val),,$/m)
  await put("theirs-2/split.csv", "mine")
  const refused = await data(at("own"), ...flags, "--out", at("theirs-2"))
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringMatching(/already exists/)])
})

test("images, unlabelled clips and a custom kind", async () => {
  for (const name of ["cat/1.png", "dog/2.png"]) {
    await mkdir(dirname(at("pets", name)), { recursive: true })
    await writePng(at("pets", name), { data: new Uint8Array(300), width: 10, height: 10 })
  }
  const pets = await data(at("pets"), "--out", at("out-pets"))
  expect(pets.stdout).toMatch(/^folders: 2 classes\n.+\nall +2 +0 +0 +2 +-\n/)
  const none = await data(at("videos"), "--out", at("out-videos"))
  expect(none.stdout).toMatch(/^folders: no labels\n/)

  const kind = at("kind.mjs")
  const read = "read: () => ({ clips: [{ path: '1.png', label: 'cat' }] })"
  await writeFile(
    kind,
    `export default { name: "mine", markers: "", detects: () => ["x"], ${read} }`,
  )
  const mine = await data(at("pets/cat"), "--kind", kind, "--out", at("out-mine"), "--json")
  expect(JSON.parse(mine.stdout)).toMatchObject({ kind: "mine", splits: { all: { clips: 1 } } })
  await writeFile(at("not.mjs"), "export default { name: 'mine' }")
  expect((await data(at("pets"), "--kind", at("not.mjs"))).stderr).toMatch(
    /is not a kind of data set/,
  )
  expect((await data(at("pets"), "--kind", "pets")).stderr).toMatch(/choose one of ucf101, hmdb51/)
})

test("of many clips a part is opened, with one of each class", () => {
  const items = Array.from({ length: 5000 }, (_, i) => ({
    path: `${i}`,
    label: i === 4321 ? 1 : 0,
  }))
  const some = chosenClips(items, false)
  expect(some.length).toBeGreaterThanOrEqual(2000)
  expect(some.length).toBeLessThanOrEqual(2002)
  expect(some.some(({ label }) => label === 1)).toBe(true)
  expect(chosenClips(items, true)).toHaveLength(5000)
})
