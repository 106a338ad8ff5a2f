import { TubeletError } from "@tubelet/core"

/**
 * A global that a pickle refers to, such as `collections.OrderedDict`. If it is callable, `call` is
 * our substitute for Python's function: nothing from the file is ever executed.
 */
export interface Global {
  readonly name: string
  readonly call?: (args: readonly unknown[]) => unknown
}

/** An object whose state a pickle sets after creating it. */
export interface Buildable {
  build(state: unknown): void
}

/** Resolves a pickle's references. */
export interface World {
  /** The file's name, for errors. */
  readonly file: string
  find(module: string, name: string): Global
  /** Resolves a persistent id: in PyTorch's files, a storage. */
  persistent(id: unknown): unknown
}

/** The bytes end before the pickle does; the file may have more. */
export class PickleCut extends TubeletError {}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The stack machine that runs pickles; its instructions are in `opcodes`. */
export class Machine {
  readonly stack: unknown[] = []
  readonly marks: number[] = []
  readonly memo = new Map<number, unknown>()
  /** The next byte to read. */
  at: number
  readonly #view: DataView

  constructor(
    readonly bytes: Uint8Array,
    readonly world: World,
    start = 0,
  ) {
    this.at = start
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  refuse(why: string): never {
    const advice = "download it again, or load it in PyTorch and save it again"
    throw new TubeletError(`${this.world.file} is not a valid checkpoint: ${why}`, advice)
  }

  /** Skips `count` bytes and returns where they begin. */
  skip(count: number): number {
    const start = this.at
    if (start + count > this.bytes.length) {
      throw new PickleCut(`${this.world.file} ends inside its pickle`, "download it again")
    }
    this.at = start + count
    return start
  }

  u8 = () => this.bytes[this.skip(1)]
  u16 = () => this.#view.getUint16(this.skip(2), true)
  i32 = () => this.#view.getInt32(this.skip(4), true)
  u32 = () => this.#view.getUint32(this.skip(4), true)
  u64 = () => Number(this.#view.getBigUint64(this.skip(8), true))
  f64 = () => this.#view.getFloat64(this.skip(8), false)

  take(count: number): Uint8Array {
    const start = this.skip(count)
    return this.bytes.subarray(start, start + count)
  }

  text(count: number): string {
    const bytes = this.take(count)
    try {
      return utf8.decode(bytes)
    } catch {
      return this.refuse("it has text that is not UTF-8")
    }
  }

  /** Text up to the end of a line. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    const text = this.text(end < 0 ? this.bytes.length - this.at + 1 : end - this.at)
    this.at += 1
    return text
  }

  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0))
      this.refuse("its pickle pops from an empty stack")
    return this.stack.pop()
  }

  /** The top of the stack, without popping it. */
  top(): unknown {
    const top = this.pop()
    this.stack.push(top)
    return top
  }

  /** Everything above the last mark. */
  popMark(): unknown[] {
    const mark = this.marks.pop()
    return mark === undefined
      ? this.refuse("its pickle pops a mark that is not there")
      : this.stack.splice(mark)
  }
}
