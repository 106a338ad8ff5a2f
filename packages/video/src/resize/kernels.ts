import { assembleColumns } from "./column-kernel.js"
import { assembleRows } from "./row-kernel.js"

type Pass = (
  source: number,
  taps: number,
  target: number,
  outputs: number,
  repeats: number,
  sourceStride: number,
  targetStride: number,
  pairs: number,
) => void

export interface Kernels {
  readonly memory: WebAssembly.Memory
  readonly resizeRows: Pass
  readonly resizeColumns: Pass
}

let kernels: Kernels | undefined

/** The kernels with at least `bytes` bytes of memory, whose content is undefined. */
export function kernelsWith(bytes: number): Kernels {
  kernels ??= instantiate()
  const { memory } = kernels
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes)
  if (missing > 0) memory.grow(missing)
  return kernels
}

const pageBytes = 65536

function instantiate(): Kernels {
  const memory = new WebAssembly.Memory({ initial: 0 })
  const compile = (code: Uint8Array<ArrayBuffer>) => {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } })
    return instance.exports.run as Pass
  }
  const resizeRows = compile(assembleRows())
  return { memory, resizeRows, resizeColumns: compile(assembleColumns()) }
}
