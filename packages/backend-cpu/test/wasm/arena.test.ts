import { expect, test } from "vitest"
import { Arena } from "../../src/wasm/arena.js"

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

/** An arena of small memories, and the bytes each has for blocks. */
function small() {
  const arena = new Arena({ memoryBytes: mebibyte })
  arena.anyMemory()
  return { arena, room: mebibyte - arena.bytesInUse }
}

test("blocks are aligned, disjoint and as long as requested", () => {
  const arena = new Arena()
  const blocks = [1, 4, 63, 64, 65, 1000].map((bytes) => arena.allocate(bytes))
  for (const [i, block] of blocks.entries()) {
    expect(block.offset % 64).toBe(0)
    expect(block.view(Uint8Array).length).toBe([1, 4, 63, 64, 65, 1000][i])
    block.view(Uint8Array).fill(i + 1)
  }
  for (const [i, block] of blocks.entries()) {
    expect(block.view(Uint8Array).every((byte) => byte === i + 1)).toBe(true)
  }
})

test("freed neighbours merge, in whatever order they are freed", () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
  ]) {
    const { arena, room } = small()
    const third = Math.floor(room / 3 / 64) * 64
    const blocks = [third, third, room - 2 * third].map((bytes) => arena.allocate(bytes))
    expect(arena.bytesInUse).toBe(mebibyte)
    for (const i of order) blocks[i].free()
    expect(arena.allocate(room).memory).toBe(blocks[0].memory)
    expect(arena.memories).toHaveLength(1)
  }
})

test("bytes stay flat over many allocations and frees", () => {
  const arena = new Arena()
  const round = () => [300, 70_000, 5, 4096].map((bytes) => arena.allocate(bytes))
  for (const block of round()) block.free()
  const { bytesInUse, bytesReserved } = arena
  for (let i = 0; i < 1000; i++) for (const block of round()) block.free()
  expect(arena.bytesInUse).toBe(bytesInUse)
  expect(arena.bytesReserved).toBe(bytesReserved)
})

test("freeing twice frees once, and a freed block cannot be read", () => {
  const arena = new Arena()
  const block = arena.allocate(128)
  block.free()
  const inUse = arena.bytesInUse
  block.free()
  expect(arena.bytesInUse).toBe(inUse)
  expect(() => block.f32()).toThrow("was freed")
})

test("growing keeps the content; a new view sees it", () => {
  const arena = new Arena()
  const block = arena.allocate(4 * 1000)
  block.f32().fill(7)
  const before = block.f32()
  arena.allocate(3 * mebibyte)
  expect(before.length).toBe(0)
  expect(block.f32().every((x) => x === 7)).toBe(true)
  expect(arena.bytesReserved).toBeGreaterThanOrEqual(arena.bytesInUse)
})

test("growing extends free bytes at the end", () => {
  const { arena, room } = small()
  arena.allocate(100 * kibibyte).free()
  arena.allocate(room)
  expect(arena.memories).toHaveLength(1)
})

test("what does not fit one memory goes to the next, what fits none is rejected", () => {
  const { arena, room } = small()
  const first = arena.allocate(room)
  const second = arena.allocate(room)
  expect(second.memory).not.toBe(first.memory)
  expect(arena.bytesInUse).toBe(2 * mebibyte)
  first.free()
  expect(arena.allocate(64).memory).toBe(first.memory)
  expect(() => arena.allocate(room + 1)).toThrow(`cannot allocate a block of ${room + 1} bytes`)
})

test("invalid memory sizes are rejected", () => {
  for (const memoryBytes of [0, 1000, mebibyte + 1, 2 ** 32 + 65536]) {
    expect(() => new Arena({ memoryBytes })).toThrow(`${memoryBytes} bytes`)
  }
})

test("a block may lie beyond 2 GiB", () => {
  const arena = new Arena()
  arena.allocate(2 ** 31)
  const block = arena.allocate(4096)
  expect(block.offset).toBeGreaterThan(2 ** 31)
  block.f32().fill(3)
  expect(block.f32()[1023]).toBe(3)
})
