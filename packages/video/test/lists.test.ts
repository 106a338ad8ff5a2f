import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { discover, parseList, readList } from "../src/index.js"

const scratch = mkdtempSync(join(tmpdir(), "tubelet-lists-"))
const at = (name: string) => join(scratch, name)

describe("lists", () => {
  const items = (...lines: string[]) => parseList(lines.join("\n"), "/data/train.csv")

  it("of fine-tuning frames: folder, count, label", () => {
    expect(items("SomethingV2/frames/74225 62 140", "a folder/7 30 0")).toEqual([
      { path: "/data/SomethingV2/frames/74225", frames: { count: 62 }, label: 140 },
      { path: "/data/a folder/7", frames: { count: 30 }, label: 0 },
    ])
  })

  it("of pre-training frames: folder, start, count, mixed with videos", () => {
    expect(items("frames/182040 1 58", "videos/a b.mp4 0 -1", "frames/9 70 58")).toEqual([
      { path: "/data/frames/182040", frames: { start: 1, count: 58 } },
      { path: "/data/videos/a b.mp4" },
      { path: "/data/frames/9", frames: { start: 70, count: 58 } },
    ])
  })

  it("with any separator, labels, a byte-order mark and comments", () => {
    expect(items("\ufeffa.mp4,3", "b.mp4\t4", "# c.mp4 5", "d 2.mp4", "/e.mp4  6 ")).toEqual([
      { path: "/data/a.mp4", label: 3 },
      { path: "/data/b.mp4", label: 4 },
      { path: "/data/d 2.mp4" },
      { path: "/e.mp4", label: 6 },
    ])
  })

  it.each([
    [["a.mp4 1", " 5"], undefined],
    [
      ["a.mp4", "b 1 0"],
      /train\.csv: line 2 asks for 0 frames, starting at number 1\nexpected one clip/,
    ],
    [["a.mp4", "", "b -1 7"], /line 3 asks for 7 frames, starting at number -1/],
    [["a.mp4", ",5"], /line 2 has no path/],
    [["a\0b"], /line 1 is not text/],
    [["x".repeat(9000)], /line 1 has 9000 characters/],
  ])("%j", (lines, message) => {
    if (message) expect(() => items(...lines)).toThrow(message)
    else expect(items(...lines)[1].path).toBe("/data/5")
  })

  it("of pre-training with starts above 1, by other lines or by the folders", async () => {
    const starts = [{ start: 70, count: 58 }, undefined]
    expect(items("f 70 58", "a.mp4 0 -1").map(({ frames }) => frames)).toEqual(starts)
    const folder = at("numbered")
    mkdirSync(folder)
    for (let i = 5; i < 9; i++) writeFileSync(join(folder, `img_0000${i}.png`), "")
    const read = async (...lines: string[]) => {
      writeFileSync(at("list.txt"), lines.join("\n"))
      return (await readList(at("list.txt"))).map(({ frames, label }) => ({ ...frames, label }))
    }
    expect(await read("missing 9 9", "numbered 7 2")).toEqual([
      { start: 9, count: 9, label: undefined },
      { start: 7, count: 2, label: undefined },
    ])
    expect(await read("numbered 4 7", "missing 9 9")).toEqual([
      { count: 4, label: 7 },
      { count: 9, label: 9 },
    ])
    expect(await read("numbered 7 2", "missing 9 0")).toEqual([
      { count: 7, label: 2 },
      { count: 9, label: 0 },
    ])
  })

  it("as pandas writes them: quotes, doubled quotes, floats", () => {
    const quoted = ['"v dir/a b, c 1.mp4" 0', '"a ""b"" 2.mp4"\t3.0', '"take 2" 1 58', '"c, 7",4']
    expect(items(...quoted, '"d.mp4","5"', '"e.mp4" , "6.0"')).toEqual([
      { path: "/data/v dir/a b, c 1.mp4", label: 0 },
      { path: '/data/a "b" 2.mp4', label: 3 },
      { path: "/data/take 2", frames: { start: 1, count: 58 } },
      { path: "/data/c, 7", label: 4 },
      { path: "/data/d.mp4", label: 5 },
      { path: "/data/e.mp4", label: 6 },
    ])
  })

  it("with a comma and a space, trailing commas, any line ending", () => {
    const text = "v1.mp4, 0\r\nv 2.mp4 ,1\rtake 2,3\n\nv4.mp4,\nv5.mp4,,2\t\nv6, b.mp4 3\n"
    expect(parseList(text, "/data/l.csv")).toEqual([
      { path: "/data/v1.mp4", label: 0 },
      { path: "/data/v 2.mp4", label: 1 },
      { path: "/data/take 2", label: 3 },
      { path: "/data/v4.mp4" },
      { path: "/data/v5.mp4", label: 2 },
      { path: "/data/v6, b.mp4", label: 3 },
    ])
  })

  it("of decord and mmaction2: video lengths, frame offsets, no label", () => {
    expect(items("a.mp4 300 7", "b.avi 1 0", '"c" 0 163 1', "d.mp4 -1")).toEqual([
      { path: "/data/a.mp4", label: 7 },
      { path: "/data/b.avi", label: 0 },
      { path: "/data/c", frames: { start: 1, count: 163 }, label: 1 },
      { path: "/data/d.mp4" },
    ])
  })

  it.each(["path label", "video_path,label", "filename\ttotal_frames\tlabel", '"path","label"'])(
    "skip a header: %s",
    (header) => {
      expect(items("# made today", header, "a.mp4 1")).toEqual([{ path: "/data/a.mp4", label: 1 }])
    },
  )

  it.each([
    ['"a b.mp4 0', /line 1 has an unterminated quote/],
    ['"a"b.mp4 0', /line 1 has "b.mp4 0" after its quoted path/],
    ["'a b.mp4' 0", /line 1 has a path in single quotes\nuse double quotes/],
    ["a.mp4 3.5", /line 1 has 3.5, which is not an integer/],
    ["a.mp4 12345678901234567890", /which is not an integer/],
    ["a.mp4 Archery", /line 1 has "Archery" after a.mp4\nfor class names, begin with/],
    ["a.mp4;3", /has "3" after a.mp4/],
    ["a.mp4 nan", /has "nan" after a.mp4/],
    ["take 2 1 58", /has 3 numbers after take, .+\nquote/],
    ["a.mp4 1 2 3", /has 3 numbers after a.mp4/],
    ["a,1 58", /uses two separators/],
    ['"a" 0 -1 3', /has 0 -1 3 after its path/],
    [",path,label", /names "" as the first column, which must be the path\n.+index=False/],
    ["label path", /names "label" as the first column/],
  ])("refuse an ambiguous line: %s", (line, message) => {
    expect(() => items(line)).toThrow(message)
  })

  it("in UTF-16, or with names in Latin-1, are reported as such", async () => {
    writeFileSync(at("wide.csv"), "\ufeffa.mp4 1\n", "utf16le")
    await expect(discover(at("wide.csv"))).rejects.toThrow(/wide.csv is text in UTF-16\nsave it/)
    writeFileSync(at("latin.csv"), "caf\u00e9.mp4 1\n", "latin1")
    await expect(discover(at("latin.csv"))).rejects.toThrow(/latin.csv is not text in UTF-8/)
  })

  it("of frames in folders named like videos", async () => {
    mkdirSync(at("9.webm"))
    writeFileSync(at("folders.txt"), "gone.webm 1 3\n9.webm 1 58\n")
    expect(await readList(at("folders.txt"))).toEqual([
      { path: at("gone.webm"), frames: { start: 1, count: 3 } },
      { path: at("9.webm"), frames: { start: 1, count: 58 } },
    ])
  })
})
