import { TubeletError } from "@tubelet/core"
import { type Loop, loopKey } from "@tubelet/core/loops"
import { type Arena, Block, type Memory } from "./arena.js"
import { assembleKernel, type BoundKernel, stripLength, sumBytes } from "./kernel.js"
import type { Team } from "./team.js"

/** A vector operand of a loop: a block of an arena, or an array on the host. */
export type Operand = Block | Float32Array

/** The operands of a loop, each list in the order of the loop's inputs or outputs. */
export interface LoopOperands {
  readonly vectors: readonly Operand[]
  readonly scalars: readonly number[]
  /** May also be inputs, which are then updated in place; they must not overlap otherwise. */
  readonly stores: readonly Operand[]
}

/** A compiled loop, instantiated once per memory. */
interface Kernel {
  readonly module: WebAssembly.Module
  readonly bound: Map<Memory, BoundKernel>
}

/** Shorter loops finish before a second thread has woken up. */
const sharedFrom = 2 ** 16

/** Elements staged at a time: a chunk is 32 KiB, so those of an AdamW step stay in cache. */
export const chunkLength = 8192

/**
 * Runs loops. A kernel can access one memory only: the one with most of the operands. The others
 * pass through its scratch space in chunks. Results are bit-identical wherever operands are stored.
 */
export class LoopRunner {
  readonly #kernels = new Map<string, Kernel>()
  readonly #kernelOf = new WeakMap<Loop, Kernel>()

  /**
   * With a `team`, large loops are divided among threads; sums then depend on the number of
   * threads.
   */
  constructor(
    readonly arena: Arena,
    readonly team?: Team,
  ) {}

  /** One pass over `n` elements. Returns the sums, in the order of the loop's sum outputs. */
  run(loop: Loop, n: number, operands: LoopOperands): number[] {
    checkOperands(loop, n, operands)
    const sumCount = loop.outputs.filter((o) => o.kind === "sum").length
    if (n === 0) return new Array<number>(sumCount).fill(0)
    const memory = homeOf([...operands.vectors, ...operands.stores]) ?? this.arena.anyMemory()
    const kernel = this.#bind(loop, memory)
    const { offset } = memory.scratch
    const threads = this.team?.size ?? 1
    const sums = new Float64Array(memory.buffer, offset, (sumBytes / 8) * sumCount * threads)
    sums.fill(0)
    const staging = new Staging(memory, operands, offset + sums.byteLength)
    const args: Arguments = (start, count, thread = 0) => [
      ...[count, offset + thread * sumBytes * sumCount, ...staging.pointers(start)],
      ...operands.scalars,
    ]
    if (this.team && staging.isEmpty && n >= sharedFrom) shareOut(this.team, kernel, n, args)
    else runStaged(kernel, n, args, staging)
    return Array.from({ length: sumCount }, (_, i) => total(sums, i, sumCount))
  }

  #bind(loop: Loop, memory: Memory): BoundKernel {
    const { module, bound } = this.#compile(loop)
    const known = bound.get(memory)
    if (known !== undefined) return known
    const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.wasm } })
    const run = exports.run as BoundKernel["run"]
    const kernel = { module, memory: memory.wasm, run }
    bound.set(memory, kernel)
    return kernel
  }

  #compile(loop: Loop): Kernel {
    const known = this.#kernelOf.get(loop)
    if (known !== undefined) return known
    const key = loopKey(loop)
    const kernel = this.#kernels.get(key) ?? {
      module: new WebAssembly.Module(assembleKernel(loop, this.arena.shared)),
      bound: new Map(),
    }
    this.#kernels.set(key, kernel)
    this.#kernelOf.set(loop, kernel)
    return kernel
  }
}

/** The arguments of a kernel for `count` elements from `start`. */
type Arguments = (start: number, count: number, thread?: number) => number[]

/** Each thread of a team runs a part in one call. */
function shareOut(team: Team, kernel: BoundKernel, n: number, args: Arguments): void {
  const share = Math.ceil(n / team.size / stripLength) * stripLength
  const shares = Array.from({ length: team.size }, (_, thread) =>
    args(thread * share, Math.min(share, n - thread * share), thread),
  )
  team.run(kernel, shares)
}

/** One thread runs everything, in as many calls as foreign operands require. */
function runStaged(kernel: BoundKernel, n: number, args: Arguments, staging: Staging): void {
  for (let start = 0; start < n; start += staging.chunk) {
    const count = Math.min(staging.chunk, n - start)
    staging.copyIn(start, count)
    kernel.run(...args(start, count))
    staging.copyOut(start, count)
  }
}

/** The `i`th of `count` sums: four lanes of each thread, added in a fixed order. */
function total(sums: Float64Array, i: number, count: number): number {
  let all = 0
  for (let at = 4 * i; at < sums.length; at += 4 * count) {
    all += sums[at] + sums[at + 1] + (sums[at + 2] + sums[at + 3])
  }
  return all
}

/** The memory with most of the operands. */
function homeOf(operands: readonly Operand[]): Memory | undefined {
  const counts = new Map<Memory, number>()
  for (const operand of new Set(operands)) {
    if (operand instanceof Block) counts.set(operand.memory, (counts.get(operand.memory) ?? 0) + 1)
  }
  return [...counts].reduce<[Memory | undefined, number]>(
    (a, b) => (b[1] > a[1] ? b : a),
    [undefined, 0],
  )[0]
}

/** Copies operands outside `memory` into and out of its scratch space. */
class Staging {
  /** Elements per call of the kernel: one call does all unless there are foreign operands. */
  readonly chunk: number
  readonly #slots = new Map<Operand, { host: Float32Array; slot: Float32Array }>()

  constructor(
    memory: Memory,
    readonly operands: LoopOperands,
    start: number,
  ) {
    const all = new Set([...operands.vectors, ...operands.stores])
    const foreign = [...all].filter((o) => !(o instanceof Block && o.memory === memory))
    const room = memory.scratch.offset + memory.scratch.byteLength - start
    const fits = Math.floor(room / 4 / foreign.length / stripLength) * stripLength
    this.chunk = foreign.length === 0 ? Number.POSITIVE_INFINITY : Math.min(fits, chunkLength)
    for (const [i, operand] of foreign.entries()) {
      const slot = new Float32Array(memory.buffer, start + 4 * this.chunk * i, this.chunk)
      this.#slots.set(operand, { host: arrayOf(operand), slot })
    }
  }

  /** All operands are in the memory. */
  get isEmpty(): boolean {
    return this.#slots.size === 0
  }

  /** The addresses of element `start` of every operand. */
  pointers(start: number): number[] {
    return [...this.operands.vectors, ...this.operands.stores].map(
      (o) => this.#slots.get(o)?.slot.byteOffset ?? (o as Block).offset + 4 * start,
    )
  }

  copyIn(start: number, count: number): void {
    for (const { host, slot } of this.#slotsOf(this.operands.vectors)) {
      slot.set(host.subarray(start, start + count))
    }
  }

  copyOut(start: number, count: number): void {
    for (const { host, slot } of this.#slotsOf(this.operands.stores)) {
      host.set(slot.subarray(0, count), start)
    }
  }

  #slotsOf(operands: readonly Operand[]) {
    return [...new Set(operands)].flatMap((o) => this.#slots.get(o) ?? [])
  }
}

const arrayOf = (operand: Operand): Float32Array =>
  operand instanceof Block ? operand.f32() : operand

const lengthOf = (operand: Operand): number => Math.floor(operand.byteLength / 4)

/** A kernel trusts its pointers, so operands are checked here. */
function checkOperands({ inputs, outputs }: Loop, n: number, given: LoopOperands): void {
  const count = (kind: string) =>
    inputs.filter((k) => k === kind).length + outputs.filter((o) => o.kind === kind).length
  const expected = { vectors: count("vector"), scalars: count("scalar"), stores: count("store") }
  for (const [name, wanted] of Object.entries(expected)) {
    const got = given[name as keyof LoopOperands].length
    if (got === wanted) continue
    throw new TubeletError(`a loop with ${wanted} ${name} received ${got}`, "pass one for each")
  }
  for (const operand of [...given.vectors, ...given.stores]) {
    if (lengthOf(operand) >= n) continue
    const message = `a loop over ${n} elements received an operand of ${lengthOf(operand)}`
    throw new TubeletError(message, "pass operands of equal length")
  }
}
