import { expect, test } from "vitest"
import { planStorage } from "../../src/parts/storage.js"

test("what never lives together shares bytes, what does stays apart", () => {
  const lives = Array.from({ length: 40 }, (_, i) => ({
    bytes: 64 * (1 + ((i * 7) % 5)),
    from: i,
    to: i + (i % 4),
  }))
  const { places, slabs } = planStorage(lives, 2 ** 20)
  for (const [i, a] of lives.entries()) {
    for (const [j, b] of lives.entries()) {
      if (i === j || a.from > b.to || b.from > a.to) continue
      const [p, q] = [places[i].offset, places[j].offset]
      expect(p + a.bytes <= q || q + b.bytes <= p, `${i} and ${j}`).toBe(true)
    }
  }
  const total = lives.reduce((n, life) => n + life.bytes, 0)
  expect(slabs).toHaveLength(1)
  expect(slabs[0]).toBeLessThan(total / 4)
})

test("offsets are aligned, and slabs hold no more than they may", () => {
  const lives = [100, 100, 100, 500].map((bytes) => ({ bytes, from: 0, to: 1 }))
  const { places, slabs } = planStorage(lives, 256)
  expect(places.every(({ offset }) => offset % 64 === 0)).toBe(true)
  expect(slabs).toEqual([500, 228, 100])
})
