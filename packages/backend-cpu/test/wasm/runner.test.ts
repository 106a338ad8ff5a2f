import { expect, test } from "vitest"
import { Arena, type Block } from "../../src/wasm/arena.js"
import { chunkLength, LoopRunner, type Operand } from "../../src/wasm/runner.js"
import { adamW, noise, single, sumOfSquares } from "./loops.js"

const mebibyte = 2 ** 20
const n = 2 * chunkLength + 21

/** An arena whose next block of `bytes` comes from the memory numbered `index`. */
function placed(arena: Arena, index: number, bytes: number): Block {
  const passed: Block[] = []
  for (;;) {
    const block = arena.allocate(bytes)
    if (arena.memories.indexOf(block.memory) === index) {
      for (const other of passed) other.free()
      return block
    }
    passed.push(block)
  }
}

/** AdamW with p, g, m and v where `place` puts them; also the norm of g. */
function adamWAt(place: (arena: Arena, k: number) => Operand) {
  const arena = new Arena({ memoryBytes: mebibyte })
  const runner = new LoopRunner(arena)
  const operands = [0, 1, 2, 3].map((k) => place(arena, k))
  const arrays = () => operands.map((o) => (o instanceof Float32Array ? o : o.f32()))
  for (const [k, array] of arrays().entries())
    array.set(noise(n, k + 1).map(k === 3 ? Math.abs : Number))
  const [p, g, m, v] = operands as [Operand, Operand, Operand, Operand]
  runner.run(adamW, n, { vectors: [p, g, m, v], scalars: [0.99, 0.01, 0.5], stores: [p, m, v] })
  const sums = runner.run(sumOfSquares, n, { vectors: [g], scalars: [], stores: [] })
  return {
    arrays: arrays().map((a) => Buffer.from(a.slice(0, n).buffer)),
    sums,
    memories: arena.memories.length,
  }
}

const inOneMemory = adamWAt((arena) => arena.allocate(4 * n))

test.each([
  [
    "the gradient in another memory",
    (arena: Arena, k: number) => placed(arena, k === 1 ? 1 : 0, 4 * n),
  ],
  ["every operand in a separate memory", (arena: Arena, k: number) => placed(arena, k, 4 * n)],
  [
    "the gradient on the host",
    (arena: Arena, k: number) => (k === 1 ? new Float32Array(n) : placed(arena, 0, 4 * n)),
  ],
  ["all on the host", () => new Float32Array(n)],
])("%s: bit-identical to one memory", (_, place) => {
  const result = adamWAt(place)
  expect(result.arrays.every((a, k) => a.equals(inOneMemory.arrays[k]))).toBe(true)
  expect(result.sums).toEqual(inOneMemory.sums)
})

test("operands really were in several memories", () => {
  expect(inOneMemory.memories).toBe(1)
  expect(adamWAt((arena, k) => placed(arena, k, 4 * n)).memories).toBe(4)
})

test("more foreign operands than the scratch space holds whole chunks of", () => {
  const inputs = Array.from({ length: 24 }, () => "vector" as const)
  const body = inputs
    .slice(1)
    .map((_, i) => ({ op: "add" as const, args: [i === 0 ? 0 : 23 + i, i + 1] }))
  const vectors = inputs.map((_, i) => new Float32Array(n).fill(i))
  const out = new Float32Array(n)
  const loop = { inputs, body, outputs: [{ kind: "store" as const, value: 46 }] }
  new LoopRunner(new Arena()).run(loop, n, { vectors, scalars: [], stores: [out] })
  expect(out.every((x) => x === (23 * 24) / 2)).toBe(true)
})

test("operands that are too short or too few are rejected", () => {
  const runner = new LoopRunner(new Arena())
  const run = (vectors: Float32Array[], stores: Float32Array[]) => () =>
    runner.run(single("neg", 1), 8, { vectors, scalars: [], stores })
  const [short, right] = [new Float32Array(7), new Float32Array(8)]
  expect(run([short], [right])).toThrow("a loop over 8 elements received an operand of 7")
  expect(run([right], [short])).toThrow("an operand of 7")
  expect(run([right], [])).toThrow("a loop with 1 stores received 0")
})
