import { random as keyed } from "@tubelet/core/random"
import { describe, expect, test } from "vitest"
import {
  drawMask,
  type Grid,
  hiddenTokens,
  keepSmallest,
  keptCount,
  keptOf,
  maskOf,
  random,
  randomVideo,
  runningCell,
  runningCellMask,
  tube,
} from "../src/index.js"
import { goldenJson, goldenTensors } from "./golden.js"

const gridOf = ([frames, height, width]: number[]): Grid => ({ frames, height, width })
const key = { seed: 1, epoch: 0 }

describe("MAE's random masking", () => {
  const { examples, count_table } = goldenJson<{ examples: MaeEntry[]; count_table: CountEntry[] }>(
    "mae_random_masking",
  )
  const tensors = goldenTensors("mae_random_masking")

  test.each(examples)("example $i: $L tokens at $ratio", ({ i, N, L, ratio, len_keep }) => {
    const grid = gridOf([1, 1, L])
    expect(random.keep({ grid, ratio })).toBe(len_keep)
    const part = (name: string) => tensors[`mae.${i}.${name}`].data
    for (let sample = 0; sample < N; sample++) {
      const row = (name: string) => part(name).subarray(sample * L, (sample + 1) * L)
      const order = keepSmallest(row("noise"), L)
      const restore = new Int32Array(L)
      for (let place = 0; place < L; place++) restore[order[place]] = place
      expect([...restore]).toEqual([...row("ids_restore")])
      const kept = keepSmallest(row("noise"), len_keep)
      expect([...maskOf(kept, L)]).toEqual([...row("mask")])
      expect(kept).toEqual(order.slice(0, len_keep))
    }
  })

  test("keeps the first tokens of the shuffled order, as the authors' gather does", () => {
    for (const { i, N, L, len_keep } of examples) {
      const channel = tensors[`mae.${i}.kept_first_channel`].data
      const noise = tensors[`mae.${i}.noise`].data
      // token t of sample n holds 2 (n L + t) and the next number
      const first = Array.from({ length: N }, (_, n) => {
        const kept = keepSmallest(noise.subarray(n * L, (n + 1) * L), len_keep)
        return Array.from(kept, (token) => 2 * (n * L + token))
      })
      expect(first.flat()).toEqual([...channel])
    }
  })

  test("counts truncate like each author's, at 90 lengths and ratios", () => {
    expect(count_table).toHaveLength(90)
    for (const { L, ratio, ...counts } of count_table) {
      const grid = gridOf([1, 1, L])
      expect(random.keep({ grid, ratio })).toBe(counts["mae_len_keep=int(L*(1-r))"])
      const masked = L - randomVideo.keep({ grid, ratio })
      expect(masked).toBe(counts["videomae_num_mask=int(r*L)"])
    }
  })
})

describe("the video authors' masks", () => {
  const golden = goldenJson<{
    running_cell: (CellEntry & { error?: string })[]
    tube: TubeEntry[]
    random: { window: number[]; ratio: number; num_mask: number; shape: number[] }[]
  }>("videomae_masks")
  const tensors = goldenTensors("videomae_masks")

  const accepted = golden.running_cell.filter(({ error, window }) => !error && evenGrid(window))
  test.each(accepted)("running cell $window at $ratio", (entry) => {
    const { window, ratio, masks_per_cell, masked_total_per_start } = entry
    const grid = gridOf(window)
    const tokens = window[0] * window[1] * window[2]
    const kept = runningCell.keep({ grid, ratio })
    for (let start = 0; start < 4; start++) {
      const mask = runningCellMask(grid, masks_per_cell, start)
      expect(sum(mask)).toBe(masked_total_per_start[start])
      expect(keptOf(mask).length).toBe(kept)
      expect(rangeOf(timesMasked(mask, grid))).toEqual(entry.times_masked_per_position_range)
      if (entry.key === null) continue
      const expected = tensors[entry.key].data.subarray(start * tokens, (start + 1) * tokens)
      expect([...mask]).toEqual([...expected])
    }
  })

  const refused = golden.running_cell.filter(({ error }) => error)
  test.each(refused)("running cell rejects $ratio, as the authors do", ({ ratio }) => {
    expect(() => runningCell.keep({ grid: gridOf([4, 4, 4]), ratio })).toThrow(/"running-cell"/)
  })

  test("running cell draws all four starts", () => {
    const grid = gridOf([4, 4, 4])
    const keep = keptCount(runningCell, { grid, ratio: 0.5 })
    const seen = new Set<string>()
    for (let index = 0; index < 60; index++) {
      const kept = drawMask(runningCell, { ...key, grid, keep, index, role: "decoder" })
      seen.add(kept.join())
    }
    const maps = [0, 1, 2, 3].map((start) => keptOf(runningCellMask(grid, 2, start)).join())
    expect([...seen].sort()).toEqual(maps.sort())
  })

  test("running cell rejects odd grids and ratios that no cell can have", () => {
    const odd = golden.running_cell.filter(({ error, window }) => !error && !evenGrid(window))
    expect(odd).toHaveLength(2)
    for (const { window, ratio } of odd) {
      expect(() => runningCell.keep({ grid: gridOf(window), ratio })).toThrow(
        /even height and width/,
      )
    }
    for (const ratio of [0, 0.3, 0.9]) {
      expect(() => runningCell.keep({ grid: gridOf([4, 4, 4]), ratio })).toThrow(
        /ratio of [\d.]+$/m,
      )
    }
  })

  test.each(golden.tube)("tube $window at $ratio", (entry) => {
    const { window, ratio, total_masks, masked_per_frame, example_key } = entry
    const grid = gridOf(window)
    const tokens = window[0] * window[1] * window[2]
    const perFrame = window[1] * window[2]
    const keep = keptCount(tube, { grid, ratio })
    expect(tokens - keep).toBe(total_masks)
    const mask = maskOf(drawMask(tube, { ...key, grid, keep, index: 5 }), tokens)
    for (let frame = 0; frame < window[0]; frame++) {
      const row = mask.subarray(frame * perFrame, (frame + 1) * perFrame)
      expect(row).toEqual(mask.subarray(0, perFrame))
      expect(sum(row)).toBe(masked_per_frame)
    }
    const drawn = tensors[example_key]
    for (let draw = 0; draw < 3; draw++) {
      const example = drawn.data.subarray(draw * perFrame, (draw + 1) * perFrame)
      expect(sum(example)).toBe(masked_per_frame)
      expect(maskOf(keptOf(example), perFrame)).toEqual(example)
    }
  })

  test.each(golden.random)("random $window at $ratio", ({ window, ratio, num_mask, shape }) => {
    const grid = gridOf(window)
    const keep = keptCount(randomVideo, { grid, ratio })
    expect(shape[0] - keep).toBe(num_mask)
    const kept = drawMask(randomVideo, { ...key, grid, keep, index: 0 })
    expect(kept).toEqual(kept.slice().sort())
    expect(hiddenTokens(kept, shape[0])).toHaveLength(num_mask)
  })
})

test("MAE's draw is the shuffled order of its noise", () => {
  const grid = gridOf([1, 4, 4])
  const stream = keyed(9, 2, 3, "mask", "encoder")
  const noise = Float64Array.from({ length: 16 }, () => stream.uniform())
  const kept = drawMask(random, { seed: 9, epoch: 2, index: 3, grid, keep: 4 })
  expect(kept).toEqual(keepSmallest(noise, 4))
})

interface MaeEntry {
  i: number
  N: number
  L: number
  ratio: number
  len_keep: number
}

interface CountEntry {
  L: number
  ratio: number
  "mae_len_keep=int(L*(1-r))": number
  "videomae_num_mask=int(r*L)": number
}

interface CellEntry {
  key: string | null
  window: number[]
  ratio: number
  masks_per_cell: number
  masked_total_per_start: number[]
  times_masked_per_position_range: number[]
}

interface TubeEntry {
  window: number[]
  ratio: number
  total_masks: number
  masked_per_frame: number
  example_key: string
}

const evenGrid = ([, height, width]: number[]) => height % 2 === 0 && width % 2 === 0
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)
const rangeOf = (values: number[]) => [Math.min(...values), Math.max(...values)]
const timesMasked = (mask: Uint8Array, { frames, height, width }: Grid) =>
  Array.from({ length: height * width }, (_, place) =>
    sum(Array.from({ length: frames }, (_, frame) => mask[frame * height * width + place])),
  )
