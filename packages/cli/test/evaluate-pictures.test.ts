import { blank, rasterise } from "@tubelet/video"
import { expect, test } from "vitest"
import { drawConfusion } from "../src/drawing/confusion.js"
import { drawMistakes } from "../src/drawing/mistakes.js"

const names = ["run", "walk & <talk>", "jump", "unseen"]
const counts = [
  [4, 0, 0, 0],
  [3, 1, 0, 0],
  [0, 1, 1, 0],
  [0, 0, 0, 0],
].map((row) => Int32Array.from(row))

test("a confusion matrix has the worst class first, and colours mistakes apart", async () => {
  const svg = drawConfusion({ counts, names })
  const rows = [...svg.matchAll(/class="end">(.*?) <tspan class="dim">(.*?)</g)]
  expect(rows.map(([, name, share]) => [name, share])).toEqual([
    ["walk &amp; &lt;talk&gt;", "25% of 4"],
    ["jump", "50% of 2"],
    ["run", "100% of 4"],
    ["unseen", "no clips"],
  ])
  expect(svg).toContain("4 classes, 10 clips, top-1 60%")
  expect(svg).toContain("75% taken for run")
  const [, left, top] = /<g transform="translate\((\d+) (\d+)\)">/.exec(svg)!.map(Number)
  const cell = Number(/<rect x="\d+" y="\d+" width="(\d+)"/.exec(svg)![1])
  const { data, width, height } = await rasterise(svg)
  const colour = (row: number, column: number) => {
    const [x, y] = [left + cell * column + 4, top + cell * row + 4]
    return [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]
  }
  const [right, wrong, none] = [colour(0, 0), colour(0, 2), colour(2, 0)]
  expect(right[2]).toBeGreaterThan(right[0]) // Blue.
  expect(wrong[0]).toBeGreaterThan(wrong[2]) // Orange.
  expect(none).toEqual([255, 255, 255])
  // All recognised is darker than a quarter.
  expect(colour(2, 2)[0]).toBeLessThan(right[0])
  expect(height).toBeGreaterThan(top + 4 * cell)
})

test("two to a thousand classes are drawn, at most the 400 worst, with room for each name", () => {
  for (const classes of [2, 400, 1000]) {
    const many = Array.from({ length: classes }, (_, i) => {
      const row = new Int32Array(classes)
      row[i % 2 ? i : 0]++
      return row
    })
    const svg = drawConfusion({ counts: many, names: many.map((_, i) => `class ${i}`) })
    expect(svg.match(/class="end"/g)).toHaveLength(Math.min(classes, 400))
    const [, height] = / height="(\d+)"/.exec(svg)!
    expect(Number(height)).toBeGreaterThan(13 * Math.min(classes, 400))
  }
})

test("a sheet of mistakes shows frames with both names", async () => {
  const one = (grey: number) => ({
    ...{ frame: blank({ width: 8, height: 8 }, grey), source: "a/b.mp4", label: names[1] },
    ...{ predicted: "run", probability: 0.931 },
  })
  const svg = await drawMistakes([one(0), one(64)], "the 2 surest mistakes")
  expect(svg).toContain("walk &amp; &lt;talk&gt;")
  expect(svg).toContain("93% run")
  const { data, width } = await rasterise(svg)
  const at = (x: number, y: number) => data[3 * (y * width + x)]
  expect([at(116, 160), at(332, 160)]).toEqual([0, 64])
})
