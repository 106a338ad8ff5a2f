import { describe, expect, test } from "vitest"
import { costsText, profileText } from "../src/profile-text.js"

test("a profile is told per step", () => {
  const rows = [
    { kernel: "matmul 8x8x8", calls: 8, seconds: 0.03, bytes: 4e6, flops: 8e6 },
    { kernel: "map exp", calls: 4, seconds: 0.01, bytes: 4e6, flops: 0 },
  ]
  const lines = profileText(rows, 4).map((line) => line.trim().split(/\s{2,}/))
  expect(lines[0].join(" ")).toBe("ms/step % calls MB GB/s GFLOP/s FLOP/B kernel")
  expect(lines[1]).toEqual(["7.50", "75.0", "2", "1.00", "0.1", "0.3", "2.0", "matmul 8x8x8"])
  expect(lines[2]).toEqual(["2.50", "25.0", "1", "1.00", "0.4", "map exp"])
  expect(lines[3].join(" ")).toBe("10.00 100.0 3 2.00 0.2 0.2 1.0 total")
})

describe("of many kernels", () => {
  // 80 %, then nine of 2 %, and two that are left.
  const seconds = [80, ...Array.from({ length: 9 }, () => 2), 1, 1]
  const rows = seconds.map((seconds, i) => {
    return { kernel: `k${i}`, calls: 2, seconds, bytes: 1e6 * (i + 1), flops: 1e6 }
  })
  const shown = (lines: readonly string[]) =>
    lines.slice(1).map((line) => {
      const [, numbers, kernel] = /^([ .\d]+) {2}(\S.*)$/.exec(line)!
      return [...numbers.trim().split(/\s+/), kernel]
    })

  test("those that take 90 % of the time are shown, then the others, then the sum", () => {
    const lines = shown(profileText([...rows].reverse(), 1))
    expect(lines.map((cells) => cells.at(-1))).toEqual([
      "k0",
      ...Array.from({ length: 5 }, () => expect.stringMatching(/^k[1-9]$/)),
      "6 more kernels (all: --kernels 0)",
      "total",
    ])
    const [ms, share, calls, megabytes] = lines.at(-1)!
    expect([ms, share, calls, megabytes]).toEqual(["100000.00", "100.0", "24", "78.00"])
    for (const column of [0, 1, 2, 3]) {
      const numbers = lines.map((cells) => Number(cells[column]))
      const sum = numbers.slice(0, -1).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(numbers.at(-1)!, 1)
    }
  })

  test("as many as asked for, 0 all of them", () => {
    const kernels = (n: number) => shown(profileText(rows, 1, n)).map((cells) => cells.at(-1))
    expect(kernels(2)).toEqual(["k0", "k1", "10 more kernels (all: --kernels 0)", "total"])
    for (const n of [0, 11, 99]) expect(kernels(n)).toEqual([...rows.map((r) => r.kernel), "total"])
  })

  test("at most twenty, however many share the time", () => {
    const equal = Array.from({ length: 40 }, (_, i) => ({ kernel: `k${i}`, calls: 1, seconds: 1 }))
    const lines = shown(profileText(equal, 1))
    expect(lines).toHaveLength(22)
    expect(lines.at(-2)!.at(-1)).toMatch(/^20 more/)
  })
})

test("what a backend does not know is no column", () => {
  const [head] = profileText([{ kernel: "Gemm", calls: 1, seconds: 1 }], 1)
  expect(head.trim().split(/\s+/)).toEqual(["ms/step", "%", "calls", "kernel"])
})

test("costs are shown next to the minimum", () => {
  const costs = { dispatches: 9, bytesMoved: 3e6, leastBytes: 2e6, peakBytes: 2e6, liveBytes: 1e6 }
  expect(costsText(costs)).toMatch(/^9 dispatches move 3\.0 MB, 1\.50 x .* 2\.00 x/)
})
