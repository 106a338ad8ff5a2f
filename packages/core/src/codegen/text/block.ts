import { TubeletError } from "../../errors.js"
import {
  type Expression,
  type Guarded,
  indicesIn,
  type Load,
  replaceVariables,
} from "../../schedule/expression.js"
import {
  type Atom,
  along,
  at,
  boundsOf,
  over,
  type Position,
  plus,
  substitute,
  times,
  type Variable,
} from "../../schedule/position.js"
import type { Tensor } from "../../tensor.js"
import type { Needs } from "./needs.js"
import { type Known, quadMark, Scope } from "./scope.js"
import type { Source } from "./source.js"
import { registerOf, type Value, type Width } from "./value.js"

const lane = along("lane", 4)

const widest = (values: readonly Value[]): Width =>
  values.some(({ width }) => width === 4) ? 4 : 1

/** A store and its position in the tensor. */
export interface PlacedStore {
  readonly tensor: Tensor
  readonly at: Position
  readonly value: Expression
}

/**
 * A block of code that computes each subexpression once, in the outermost block where its variables
 * are known: loop-invariant code is hoisted.
 */
export class CodeBlock {
  #lines: string[] = []
  readonly #values = new Map<string, Value>()
  readonly scope: Scope

  constructor(
    readonly source: Source,
    known: Known = {},
    readonly parent?: CodeBlock,
  ) {
    this.scope = new Scope(known, parent?.scope)
  }

  /** A nested block; its code must become a line of this one. */
  inner(known: Known): CodeBlock {
    return new CodeBlock(this.source, known, this)
  }

  line(code: string): void {
    this.#lines.push(code)
  }

  get code(): string {
    return this.#lines.join("\n")
  }

  /** The code since the last call. Its names stay in scope. */
  taken(): string {
    const { code } = this
    this.#lines = []
    return code
  }

  /** The code of an expression: a name or a literal. */
  value(x: Expression): Value {
    if (x.kind === "literal") {
      const code = this.source.dialect.literal(this.source, x.value, x.dtype)
      return { code, width: 1, scalar: registerOf(x.dtype) }
    }
    if (x.kind === "result") return this.scope.result(x.number)
    return this.#once(x.key, this.source.needs.expression(x), (block) => {
      if (x.kind === "load") return block.#load(x)
      return x.kind === "guarded" ? block.#guarded(x) : block.#apply(x.op, x.args, x)
    })
  }

  /** Writes stores after computing all their values: a store may overwrite what another reads. */
  store(stores: readonly PlacedStore[], condition?: string): void {
    if (stores.length === 0) return
    const values = stores.map(({ value }) => this.value(value))
    const places = stores.map(({ at }) => this.#laned(at))
    const writes = stores.map(({ tensor }, i) => this.#store(tensor, places[i], values[i]))
    this.line(
      condition === undefined ? writes.join("\n") : `if (${condition}) {\n${writes.join("\n")}\n}`,
    )
  }

  /** Declares a name for a value. */
  named(value: Value): Value {
    const name = this.source.name()
    this.line(this.source.dialect.constant(name, value))
    return { ...value, code: name }
  }

  /** Widens a scalar value by repeating it. */
  widened({ code, width, scalar }: Value, wanted: Width): string {
    return width === wanted ? code : this.source.dialect.splat(code, scalar, wanted)
  }

  /** The smaller of a u32, which may have wrapped around, and its largest valid value. */
  atMost(x: Value, largest: number): Value {
    const { dialect } = this.source
    const limit = this.widened(unsigned(dialect.unsigned(largest), 1), x.width)
    return { ...x, code: dialect.apply(this.source, "minimum", [x.code, limit], x) }
  }

  /** A position in u32; negative values wrap around. */
  position(p: Position): Value {
    return this.#sum(this.#laned(p))
  }

  /** Computes a value in the outermost block that can, unless it has been computed. */
  #once(key: string, needs: Needs, compute: (block: CodeBlock) => Value): Value {
    const { parent } = this
    if (parent && [...needs].every((need) => parent.scope.knows(need))) {
      return parent.#once(key, needs, compute)
    }
    const known = this.#values.get(key)
    if (known) return known
    const named = this.named(compute(this))
    this.#values.set(key, named)
    return named
  }

  /** The position split along the lanes' variable. */
  #laned(p: Position): Position {
    const { lanes } = this.scope
    if (lanes === undefined) return p
    const become = ({ name, extent }: Variable) =>
      name === lanes
        ? plus(times(along(name + quadMark, Math.ceil(extent / 4)), 4), lane)
        : undefined
    return substitute(p, become, (x) => replaceVariables(x, become))
  }

  #load({ tensor, at }: Load): Value {
    const { memory } = this.source
    const scalar = registerOf(tensor.dtype)
    const p = this.#laned(at)
    const quad = this.#quad(p)
    if (quad) {
      const { code } = this.#reachable(quad, Math.ceil(tensor.size / 4))
      return { code: memory.quad(tensor, code), width: 4, scalar }
    }
    const { code, width } = this.#reachable(p, tensor.size)
    const read = width === 1 ? memory.at(tensor, code) : memory.each(tensor, code)
    return { code: read, width, scalar }
  }

  /**
   * A position below `count`, split along the lanes' variable. A value is loaded before its
   * condition selects it, a row number may be any integer, and the last lanes may pass the end: a
   * position that may be out of bounds is clamped.
   */
  #reachable(p: Position, count: number): Value {
    const place = this.#sum(p)
    const [low, high] = boundsOf(p)
    const isWithin = low >= 0 && high < count && indicesIn(p).length === 0
    if (this.source.dialect.robustAccess || isWithin) return place
    return this.atMost(place, Math.max(0, count - 1))
  }

  #store(tensor: Tensor, p: Position, value: Value): string {
    const { memory } = this.source
    const quad = this.#quad(p)
    if (quad) {
      return memory.putQuad(tensor, this.#sum(quad).code, this.widened(value, 4))
    }
    const { code, width } = this.#sum(p)
    // A variable with one value still has four lanes; the first one counts.
    if (width === 1) {
      return memory.put(tensor, code, value.width === 1 ? value.code : `(${value.code}).x`)
    }
    throw new TubeletError(`a store at ${p.key} must be one element or four adjacent ones`)
  }

  #apply(op: string, args: readonly Expression[], { dtype }: Expression): Value {
    const { dialect } = this.source
    const values = args.map((x) => this.value(x))
    const width = widest(values)
    const codes = values.map((x) => this.widened(x, width))
    const register = { width, scalar: registerOf(dtype) }
    const code =
      op === "cast"
        ? dialect.cast(codes[0], args[0].dtype, dtype, width)
        : dialect.apply(this.source, op, codes, register)
    return { ...register, code }
  }

  #guarded({ position, low, high, value, otherwise, dtype }: Guarded): Value {
    const { dialect } = this.source
    const p = this.position(plus(position, at(-low)))
    const values = [value, otherwise].map((x) => this.value(x))
    const width = widest([p, ...values])
    const [yes, no] = values.map((x) => this.widened(x, width))
    const condition: Value = {
      code: dialect.below(p, high - low),
      width: p.width,
      scalar: "bool",
    }
    const wide = this.widened(condition, width)
    const lost = otherwise.kind === "literal" && Number.isNaN(otherwise.value)
    const code = lost ? dialect.orNaN(yes, wide, width) : dialect.select(wide, yes, no)
    return { code, width, scalar: registerOf(dtype) }
  }

  /** The index of the group of four, if the lanes are four consecutive elements there. */
  #quad(p: Position): Position | undefined {
    const rest = plus(p, times(lane, -1))
    const aligned = rest.offset % 4 === 0 && rest.terms.every(({ factor }) => factor % 4 === 0)
    return aligned && !this.source.needs.position(rest).has("lane") ? over(rest, 4) : undefined
  }

  /** A position split along the lanes' variable. */
  #sum({ offset, terms }: Position): Value {
    const { dialect } = this.source
    const atoms = terms.map(({ factor, atom }) => ({ factor, value: this.#atom(atom) }))
    const parts = atoms.map(({ factor, value: { code } }) => ({
      negative: factor < 0,
      code: Math.abs(factor) === 1 ? code : `${dialect.unsigned(Math.abs(factor))} * ${code}`,
    }))
    if (offset !== 0) {
      parts.push({ negative: offset < 0, code: dialect.unsigned(Math.abs(offset)) })
    }
    parts.sort((a, b) => Number(a.negative) - Number(b.negative))
    const zero = dialect.unsigned(0)
    const code = parts
      .map(({ negative, code }, i) =>
        negative ? `${i === 0 ? `${zero} ` : ""}- ${code}` : i === 0 ? code : `+ ${code}`,
      )
      .join(" ")
    return unsigned(code || zero, widest(atoms.map(({ value }) => value)))
  }

  #atom(atom: Atom): Value {
    if (atom.kind === "variable") {
      if (atom.name === "lane") return unsigned("lane", 4)
      return unsigned(this.scope.variable(atom.name.replace(quadMark, "")), 1)
    }
    if (atom.kind === "loaded") {
      const value = this.value(atom.value)
      return unsigned(this.source.dialect.index(value), value.width)
    }
    const { kind, of, by } = atom
    return this.#once(`${kind} ${of.key} ${by}`, this.source.needs.position(of), (block) =>
      block.#divided(kind, of, by),
    )
  }

  /**
   * Quotient or remainder. A multiple is added first to keep the dividend non-negative, as u32
   * requires.
   */
  #divided(kind: "quotient" | "remainder", of: Position, by: number): Value {
    const { dialect } = this.source
    const lift = Math.max(0, Math.ceil(-boundsOf(of)[0] / by))
    const { code, width } = this.#sum(plus(of, at(lift * by)))
    const x = code.includes(" ") ? `(${code})` : code
    if (kind === "remainder") return unsigned(dialect.remainder(x, by), width)
    const whole = dialect.divide(x, by)
    return unsigned(lift === 0 ? whole : `${whole} - ${dialect.unsigned(lift)}`, width)
  }
}

const unsigned = (code: string, width: Width): Value => ({ code, width, scalar: "u32" })
