import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { windowsOf, writePng } from "../src/index.js"

/** A folder of frames of one grey each: 10, 20, ... */
async function greys(count: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-windows-"))
  for (let i = 1; i <= count; i++) {
    const data = new Uint8Array(4 * 2 * 3).fill(10 * i)
    await writePng(join(folder, `img_0000${i}.png`), { width: 4, height: 2, data })
  }
  return folder
}

/** The greys of each window's frames. */
async function windows(count: number, frames: number, step: number) {
  const found: number[][] = []
  for await (const { clip } of windowsOf({ path: await greys(count) }, { frames, step, size: 2 })) {
    const length = clip.length / frames
    found.push(Array.from({ length: frames }, (_, i) => Math.round(255 * clip[i * length])))
  }
  return found
}

test.each([
  {
    count: 5,
    frames: 3,
    step: 1,
    expected: [
      [10, 20, 30],
      [20, 30, 40],
      [30, 40, 50],
    ],
  },
  {
    count: 6,
    frames: 3,
    step: 2,
    expected: [
      [10, 20, 30],
      [30, 40, 50],
    ],
  },
  {
    count: 5,
    frames: 2,
    step: 3,
    expected: [
      [10, 20],
      [40, 50],
    ],
  },
  { count: 2, frames: 3, step: 1, expected: [[10, 20, 20]] },
])("$count frames in windows of $frames, every $step", async ({ expected, ...given }) => {
  expect(await windows(given.count, given.frames, given.step)).toEqual(expected)
})
