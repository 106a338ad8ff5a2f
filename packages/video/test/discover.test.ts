import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { type DiscoverOptions, discover, readList } from "../src/index.js"
import { clip } from "./media.js"

const scratch = () => mkdtempSync(join(tmpdir(), "tubelet-discover-"))

/** An empty file: `discover` looks only at names. */
function put(root: string, name: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), "")
}

/** The items' paths below a folder. */
const paths = async (root: string, options: DiscoverOptions, name = "") =>
  (await discover(join(root, name), options)).map(({ path }) => path.slice(root.length + 1))

describe("discover", () => {
  it("searches folders recursively, in order, skipping other files and link cycles", async () => {
    const root = scratch()
    mkdirSync(join(root, "b/deep"), { recursive: true })
    for (const name of ["b/deep/z.mp4", "b/A.MP4", "a.webm", "c.png"]) {
      copyFileSync(clip("cup-01"), join(root, name))
    }
    writeFileSync(join(root, "notes.md"), "")
    symlinkSync(root, join(root, "b/circle"))
    const of = (pictures: "samples" | "frames") => paths(root, { pictures })
    expect(await of("samples")).toEqual(["a.webm", "b/A.MP4", "b/deep/z.mp4", "c.png"])
    expect(await of("frames")).toEqual(["a.webm", "b/A.MP4", "b/deep/z.mp4"])
  })

  it("reads the authors' lists", async () => {
    const folder = scratch()
    const list = join(folder, "train.csv")
    const lines = ["/data/k400/abc.mp4 325", "k400/a b.mp4 0 -1", "frames/182040 1 58", "", "x.mp4"]
    writeFileSync(list, `${lines.join("\r\n")}\n`)
    expect(await readList(list)).toEqual([
      { path: "/data/k400/abc.mp4", label: 325 },
      { path: join(folder, "k400/a b.mp4") },
      { path: join(folder, "frames/182040"), frames: { start: 1, count: 58 } },
      { path: join(folder, "x.mp4") },
    ])
    writeFileSync(list, `a.mp4 1\n${"y".repeat(10_000_000)}`)
    await expect(readList(list)).rejects.toThrow(/train\.csv: line 2 has 10000000 characters/)
  })

  it("accepts one file, and says if nothing was found", async () => {
    expect(await discover(clip("cup-01"))).toEqual([{ path: clip("cup-01") }])
    await expect(discover(scratch())).rejects.toThrow(/no videos or images found\nexpected/)
    await expect(discover("/nowhere")).rejects.toThrow(/\/nowhere: no such file or folder/)
  })

  it("skips hidden and system files, but not below a hidden root", async () => {
    const root = join(scratch(), ".cache/clips")
    const left = "._a.mp4 .DS_Store .hidden.mp4 ~$a.mp4 a.mp4~ a.mp4.part b.crdownload a.temp.mp4"
    const folders =
      ".Trash-1000 @eaDir __MACOSX $RECYCLE.BIN .git .thumbnails #recycle lost+found " +
      "THUMBS.DB desktop.ini .ipynb_checkpoints x.mp4.part"
    for (const name of folders.split(" ").concat("System Volume Information", "clip.mp4", "~a")) {
      put(root, `${name}/in.mp4`)
      put(root, `${name}/in.jpg`)
    }
    for (const name of left.split(" ")) put(root, name)
    put(root, "B.MP4")
    for (const pictures of ["samples", "frames"] as const) {
      const all = ["B.MP4", "clip.mp4/in.mp4", "~a/in.mp4"]
      const taken = pictures === "samples" ? [...all, "clip.mp4/in.jpg", "~a/in.jpg"].sort() : all
      expect(await paths(root, { pictures })).toEqual(taken)
    }
    expect(await discover(join(root, "._a.mp4"))).toEqual([{ path: join(root, "._a.mp4") }])
    writeFileSync(join(root, "list.txt"), ".hidden.mp4\n@eaDir/in.mp4\n")
    expect(await paths(root, {}, "list.txt")).toEqual([".hidden.mp4", "@eaDir/in.mp4"])
  })

  it("does not take pictures near videos for frames, and says so", async () => {
    const root = scratch()
    const posters = ["a/1.jpg", "a/thumbs/1.jpg", "cover.png"]
    for (const name of [...posters, "a/1.mp4", "a/b/2.mp4"]) put(root, name)
    const told: string[] = []
    const options = { pictures: "frames", onNotice: (line: string) => told.push(line) } as const
    expect(await paths(root, options)).toEqual(["a/1.mp4", "a/b/2.mp4"])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`skipped 3 images next to videos, such as ${root}/a/1.jpg`)
    for (const name of ["c/frames/1.jpg", "c/frames/2.jpg"]) put(root, name)
    expect(await paths(root, options)).toEqual(["a/1.mp4", "a/b/2.mp4", "c/frames"])
    expect(await paths(join(root, "c"), options)).toEqual(["frames"])
    told.length = 0
    expect(await paths(root, { ...options, pictures: "samples" })).toHaveLength(7)
    expect(told).toEqual([`${root}: the samples are 5 images and single frames of 2 videos`])
  })

  it.skipIf(process.platform === "win32")(
    "follows links down, but not up or in cycles",
    async () => {
      const top = scratch()
      const root = join(top, "data")
      put(top, "other/far.mp4")
      put(top, "beside.mp4")
      for (const name of ["b/1.mp4", "c/2.mp4"]) put(root, name)
      const link = (to: string, at: string) => symlinkSync(to, join(root, at))
      link("..", "up")
      link(".", "b/here/".slice(0, -1))
      link("loop", "loop")
      link("../c", "b/c")
      link("../other", "linked")
      link("nothing.mp4", "gone.mp4")
      execFileSync("mkfifo", [join(root, "pipe.mp4")])
      const found = await discover(root)
      expect(found.map(({ path }) => path.slice(root.length + 1))).toEqual([
        ...["b/1.mp4", "b/c/2.mp4", "gone.mp4", "linked/far.mp4"],
      ])
      expect(found.filter((item) => item.missing)).toHaveLength(1)
    },
  )
})

describe("missing clips", () => {
  /** A list of clips, some of which exist. */
  function listOf(there: number, gone: number): string {
    const root = scratch()
    const names = Array.from({ length: there + gone }, (_, i) => `${i}.mp4`)
    for (const name of names.slice(0, there)) put(root, name)
    writeFileSync(join(root, "list.csv"), names.map((name) => `${name} 0\n`).join(""))
    return join(root, "list.csv")
  }

  it("are reported in one line, and keep their indices", async () => {
    const [list, told, checked] = [listOf(1500, 1500), [] as string[], [] as number[]]
    const found = await discover(list, {
      onNotice: (line) => told.push(line),
      onCheck: (done, total) => checked.push(done / total),
    })
    expect(found.map((item) => item.missing === true).lastIndexOf(false)).toBe(1499)
    expect(told).toEqual([
      expect.stringMatching(/list.csv: 1,500 of 3,000 clips are missing, such as .+\/1500\.mp4$/),
    ])
    expect(checked).toEqual([1024 / 3000, 2048 / 3000, 1])
  })

  it("are an error if more than half, unless allowed, and always if all", async () => {
    const list = listOf(2, 3)
    await expect(discover(list)).rejects.toThrow(
      /list.csv: 3 of 5 clips are missing, such as .+\ncheck the paths.+allowMissing/,
    )
    const told: string[] = []
    const options = { allowMissing: true, onNotice: (line: string) => told.push(line) }
    expect((await discover(list, options)).filter((item) => !item.missing)).toHaveLength(2)
    expect(told).toHaveLength(1)
    await expect(discover(listOf(0, 1), options)).rejects.toThrow(/1 of 1 clips is missing/)
  })
})
