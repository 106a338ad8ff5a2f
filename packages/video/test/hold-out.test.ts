import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type DatasetOptions, dataset, writeList } from "../src/index.js"
import { empty, layout } from "./layouts.js"

/** A list of 3 classes with 100, 30 and 2 clips, of people who appear in several classes. */
function people(): string {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-hold-out-"))
  const rows = ["path,label,person"]
  const counts = { common: 100, some: 30, rare: 2 }
  for (const [label, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) rows.push(`${label}/v_g${i % 20}_${i}.mp4,${label},p${i % 20}`)
  }
  writeFileSync(join(folder, "clips.csv"), rows.join("\n"))
  return join(folder, "clips.csv")
}

const list = people()
const splitOf = async (options: DatasetOptions) => {
  const { items, splits } = await dataset(list, { valFraction: 0.1, ...options })
  expect(splits).toEqual(["train", "val"])
  return items.map(({ path, label, split }) => ({ name: path.slice(-20), path, label, split }))
}
const heldBy = (items: Awaited<ReturnType<typeof splitOf>>) =>
  [0, 1, 2].map((c) => items.filter(({ label, split }) => label === c && split === "val").length)

describe("a fraction held out", () => {
  it("is that of each class, at least one clip, and depends on the seed alone", async () => {
    const items = await splitOf({})
    // Labels are in the order of the names: common, rare, some.
    expect(heldBy(items)).toEqual([10, 1, 3])
    expect(await splitOf({ seed: 0 })).toEqual(items)
    const other = await splitOf({ seed: 1 })
    expect(heldBy(other)).toEqual([10, 1, 3])
    expect(other).not.toEqual(items)
    const half = await splitOf({ valFraction: 0.5 })
    expect(heldBy(half)).toEqual([50, 1, 15])
  })

  it.each(["person", "Person", "_(g\\d+)_"])("never parts a group: %s", async (groupBy) => {
    for (const seed of [0, 1, 2, 3]) {
      const items = await splitOf({ groupBy, seed })
      const splits = new Map<string, Set<string | undefined>>()
      for (const { path, split } of items) {
        const group = /_(g\d+)_/.exec(path)![1]
        splits.set(group, (splits.get(group) ?? new Set()).add(split))
      }
      expect([...splits.values()].every((seen) => seen.size === 1)).toBe(true)
      const [common, rare, some] = heldBy(items)
      expect(common).toBeGreaterThanOrEqual(5)
      expect(common).toBeLessThanOrEqual(15)
      expect(rare).toBe(1)
      expect(some).toBeGreaterThanOrEqual(1)
    }
  })

  it("finds no group in the folders above the data set", async () => {
    const root = layout(empty("g7/run/v_g1_1.mp4", "g7/run/v_g2_1.mp4"))
    const options = { valFraction: 0.5, groupBy: "g\\d", pictures: "frames" as const }
    const { items } = await dataset(join(root, "g7"), options)
    expect(items.map(({ split }) => split).sort()).toEqual(["train", "val"])
  })

  it("is written for parts of folders of frames, as they were", async () => {
    const lines = ["a 1 8 0", "a 8 8 0", "b 0 16 1", "c 4 12 1"].map((line) =>
      line.replace(/^(\w+)/, '"frames/$1"'),
    )
    const root = layout({ "clips.txt": lines.join("\n"), ...empty("frames/a/1.jpg") })
    const found = await dataset(join(root, "clips.txt"), { valFraction: 0.5 })
    expect(found.items.map(({ frames }) => frames)).toContainEqual({ start: 5, count: 12 })
    const out = layout({})
    await writeList(out, found)
    const again = await dataset(join(out, "split.csv"))
    expect(again).toMatchObject({ classes: found.classes, splits: ["train", "val"] })
    expect(again.items).toEqual(found.items)
    const counts = layout({ "split.csv": "path,label,first_frame,frame_count\na,0,0,8\nb,1,,4" })
    const { items } = await dataset(join(counts, "split.csv"))
    expect(items.map(({ frames }) => frames)).toEqual([{ start: 0, count: 8 }, { count: 4 }])
    const wrong = layout({ "split.csv": "path,label,first_frame,frame_count\na,0,1,\n" })
    await expect(dataset(join(wrong, "split.csv"))).rejects.toThrow(
      /the line "1," names no frames\nfirst_frame is/,
    )
  })

  it("leaves a class of one group in training, and says so", async () => {
    const root = layout(
      empty("run/v_g1_1.mp4", "run/v_g1_2.mp4", "hop/v_g2_1.mp4", "hop/v_g3_1.mp4"),
    )
    const told: string[] = []
    const options = {
      valFraction: 0.5,
      groupBy: "g\\d",
      onNotice: (line: string) => told.push(line),
    }
    const { items } = await dataset(root, options)
    expect(items.filter(({ split }) => split === "val").map(({ label }) => label)).toEqual([0])
    expect(told).toEqual([expect.stringMatching(/no clips could be held out of run$/)])
  })

  it("is refused where there is a val split, without groups, and for odd patterns", async () => {
    const root = layout(empty("train/run/a.mp4", "train/run/b.mp4", "test/run/c.mp4"))
    const { items } = await dataset(root, { valFraction: 0.5 })
    expect(items.map(({ split }) => split).sort()).toEqual(["test", "train", "val"])
    const refused = (options: DatasetOptions, path = root) =>
      expect(dataset(path, { valFraction: 0.5, ...options })).rejects
    await refused({ groupBy: "_g(\\d+)_" }).toThrow(/a.mp4 has no group "_g.+\npass a column/)
    await refused({ groupBy: "(" }).toThrow(/"\(" is neither a column nor a pattern/)
    await refused({ valFraction: 2 }).toThrow(/valFraction must be between 0 and 1, got 2/)
    const both = layout(empty("train/run/a.mp4", "val/run/b.mp4"))
    await refused({}, both).toThrow(/already has a val split/)
  })
})
