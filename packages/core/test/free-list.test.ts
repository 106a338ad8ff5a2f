import { expect, test } from "vitest"
import { FreeList } from "../src/free-list.js"

const free = (...ranges: [offset: number, bytes: number][]) => {
  const list = new FreeList()
  for (const [offset, bytes] of ranges) list.give({ offset, bytes })
  return list
}

test("takes bytes from the start of the smallest span that fits", () => {
  const list = free([0, 100], [200, 30], [300, 40])
  expect(list.take(25)).toBe(200)
  expect(list.take(25)).toBe(300)
  expect(list.take(25)).toBe(0)
  expect(list.bytes).toBe(170 - 75)
  expect(list.take(76)).toBeUndefined()
})

test("merges freed bytes with both neighbours", () => {
  const list = free([0, 10], [20, 10], [10, 10])
  expect(list.take(30)).toBe(0)
  expect(list.bytes).toBe(0)
})

test("counts the free bytes before an end that growing would extend", () => {
  const list = free([0, 10], [20, 12])
  expect(list.bytesBefore(32)).toBe(12)
  expect(list.bytesBefore(33)).toBe(0)
})
