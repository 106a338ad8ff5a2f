import {
  assemble,
  type Code,
  get,
  i32,
  i32Add,
  i32Const,
  i32Load,
} from "../../../core/src/wasm/index.js"
import type { BoundKernel } from "../../src/wasm/kernel.js"

const moduleOf = (body: Code, shared = true) =>
  new WebAssembly.Module(assemble({ params: [i32], locals: [], body, shared }))

/** A kernel over a small memory shared by threads. Its one parameter is an address. */
function kernelOf(body: Code): { kernel: BoundKernel; words: Int32Array } {
  const module = moduleOf(body)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const run = exports.run as BoundKernel["run"]
  return { kernel: { module, memory, run }, words: new Int32Array(memory.buffer) }
}

const i32Store: Code = [0x36, 2, 0]
const increment: Code = [
  ...get(0),
  ...get(0),
  ...i32Load(0),
  ...i32Const(1),
  ...i32Add,
  ...i32Store,
]
/** Ends the kernel with an error. */
const trap: Code = [0x00]
const forever: Code = [0x03, 0x40, 0x0c, 0, 0x0b]

/** Counts its runs in the word at its address, then continues with `then`, if given. */
export function counting(then: "trap" | "forever" | "end" = "end") {
  const last = { trap, forever, end: [] }[then]
  const { kernel, words } = kernelOf([...increment, ...last])
  return { kernel, words, counts: (shares: number) => [...words.slice(0, shares)] }
}

/** A module whose memory is not the shared one. */
export const misfit = (): WebAssembly.Module => moduleOf([], false)
