import { expect, test } from "vitest"
import { FreeList } from "../src/free-list.js"

const free = (...ranges: [offset: number, bytes: number][]) => {
  const list = new FreeList()
  for (const [offset, bytes] of ranges) list.give({ offset, bytes })
  return list
}

test("the smallest span that holds the bytes is taken from its start", () => {
  const list = free([0, 100], [200, 30], [300, 40])
  expect(list.take(25)).toBe(200)
  expect(list.take(25)).toBe(300)
  expect(list.take(25)).toBe(0)
  expect(list.bytes).toBe(170 - 75)
  expect(list.take(76)).toBeUndefined()
})

test("what is given back joins its neighbours, before and after", () => {
  const list = free([0, 10], [20, 10], [10, 10])
  expect(list.take(30)).toBe(0)
  expect(list.bytes).toBe(0)
})

test("bytes before an end are those that growing there would lengthen", () => {
  const list = free([0, 10], [20, 12])
  expect(list.bytesBefore(32)).toBe(12)
  expect(list.bytesBefore(33)).toBe(0)
})
