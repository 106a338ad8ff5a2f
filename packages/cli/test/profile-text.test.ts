import { expect, test } from "vitest"
import { costsText, profileText } from "../src/profile-text.js"

test("a profile is told per step", () => {
  const rows = [
    { kernel: "matmul 8x8x8", calls: 8, seconds: 0.03, bytes: 4e6, flops: 8e6 },
    { kernel: "map exp", calls: 4, seconds: 0.01, bytes: 4e6, flops: 0 },
  ]
  const lines = profileText(rows, 4).map((line) => line.trim().split(/\s{2,}/))
  expect(lines[0]!.join(" ")).toBe("ms/step % calls MB GB/s GFLOP/s FLOP/B kernel")
  expect(lines[1]).toEqual(["7.50", "75.0", "2", "1.00", "0.1", "0.3", "2.0", "matmul 8x8x8"])
  expect(lines[2]).toEqual(["2.50", "25.0", "1", "1.00", "0.4", "map exp"])
})

test("what a backend does not know is no column", () => {
  const [head] = profileText([{ kernel: "Gemm", calls: 1, seconds: 1 }], 1)
  expect(head!.trim().split(/\s+/)).toEqual(["ms/step", "%", "calls", "kernel"])
})

test("costs are told beside the least", () => {
  const costs = { dispatches: 9, bytesMoved: 3e6, leastBytes: 2e6, peakBytes: 2e6, liveBytes: 1e6 }
  expect(costsText(costs)).toMatch(/^9 dispatches move 3\.0 MB, 1\.50 times .* 2\.00 times/)
})
