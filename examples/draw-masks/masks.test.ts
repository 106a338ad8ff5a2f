import { maskings, tokensOf } from "@tubelet/masking"
import { expect, test } from "vitest"
import { drawBatch } from "./masks.js"
import { svgOf, textOf } from "./pictures.js"

const grid = { frames: 2, height: 4, width: 4 }
const options = { masking: maskings.tube, grid, ratio: 0.75 }
const maskAt = (masks: Uint8Array, i: number) => masks.slice(32 * i, 32 * (i + 1))

test("each sample has its share hidden, the same in every frame", () => {
  const masks = drawBatch([0, 1, 2], 0, options)
  expect(masks).toHaveLength(3 * tokensOf(grid))
  for (let i = 0; i < 3; i++) {
    const mask = maskAt(masks, i)
    expect(mask.reduce((a, b) => a + b)).toBe(24)
    expect(mask.slice(0, 16)).toEqual(mask.slice(16))
  }
})

test("a sample's mask depends on sample and epoch, not on its place in the batch", () => {
  const [there, here] = [drawBatch([5, 7], 3, options), drawBatch([7], 3, options)]
  expect(maskAt(there, 1)).toEqual(here)
  const epochs = [0, 1, 2, 3].map((epoch) => drawBatch([7], epoch, options).join())
  expect(new Set(epochs).size).toBeGreaterThan(1)
})

test("pictures show every token where it is", () => {
  const mask = new Uint8Array(32)
  mask[16 + 4 * 2 + 3] = 1 // second frame, third row, last column
  expect(textOf(mask, grid).split("\n")).toEqual([
    ...["····  ····", "····  ····", "····  ···█", "····  ····"],
  ])
  expect(svgOf(mask, grid, 10)).toContain('<rect x="80" y="20" width="9" height="9" fill="#444"/>')
})
