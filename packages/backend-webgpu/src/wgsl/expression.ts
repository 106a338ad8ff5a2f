import { type Tensor, TubeletError } from "@tubelet/core"
import type { Needs } from "@tubelet/core/codegen"
import {
  type Atom,
  along,
  at,
  boundsOf,
  type Expression,
  type Inside,
  type Load,
  over,
  type Position,
  plus,
  replaceVariables,
  substitute,
  times,
  type Variable,
} from "@tubelet/core/schedule"
import { casted, literalOf, orNaN, written } from "./operations.js"
import { type Known, quadMark, Scope } from "./scope.js"
import type { Source } from "./source.js"
import { type Value, vectorOf, type Width, widened } from "./value.js"

const lane = along("lane", 4)

const widest = (values: readonly Value[]): Width =>
  values.some(({ width }) => width === 4) ? 4 : 1

/** A store at a position of the tensor. */
export interface PlacedStore {
  readonly tensor: Tensor
  readonly at: Position
  readonly value: Expression
}

/**
 * A block of WGSL that computes expressions, each part once: in the outermost block that knows all
 * that the part needs. So what does not change in a loop is computed before it.
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

  /** A block inside this one; its code is to become a line of this. */
  inner(known: Known): CodeBlock {
    return new CodeBlock(this.source, known, this)
  }

  line(code: string): void {
    this.#lines.push(code)
  }

  get code(): string {
    return this.#lines.join("\n")
  }

  /** The code since the last time; names in it stay known. */
  taken(): string {
    const { code } = this
    this.#lines = []
    return code
  }

  /** The value of an expression: a name or a literal. */
  value(x: Expression): Value {
    if (x.kind === "literal") {
      return { code: literalOf(this.source, x.value, x.dtype), width: 1 }
    }
    if (x.kind === "result") return this.scope.result(x.number)
    return this.#once(x.key, this.source.needs.expression(x), (block) => {
      if (x.kind === "load") return block.#load(x)
      return x.kind === "inside" ? block.#inside(x) : block.#apply(x.op, x.args, x)
    })
  }

  /**
   * Writes stores, after all their values: a store may overwrite what another reads. The
   * condition is one in WGSL.
   */
  store(stores: readonly PlacedStore[], condition?: string): void {
    if (stores.length === 0) return
    const values = stores.map(({ value }) => this.value(value))
    const places = stores.map(({ at }) => this.#laned(at))
    const writes = stores.map(({ tensor, value }, i) =>
      this.#store(tensor, places[i]!, value, values[i]!),
    )
    this.line(
      condition === undefined ? writes.join("\n") : `if (${condition}) {\n${writes.join("\n")}\n}`,
    )
  }

  /** A position, in u32: what would be negative wraps. */
  position(p: Position): Value {
    return this.#sum(this.#laned(p))
  }

  /** Computes a value in the outermost block that can, unless it is there. */
  #once(key: string, needs: Needs, compute: (block: CodeBlock) => Value): Value {
    const { parent } = this
    if (parent && [...needs].every((need) => parent.scope.knows(need))) {
      return parent.#once(key, needs, compute)
    }
    const known = this.#values.get(key)
    if (known) return known
    const { code, width } = compute(this)
    const value = { code: this.source.name(), width }
    this.line(`let ${value.code} = ${code};`)
    this.#values.set(key, value)
    return value
  }

  /** The position with the variable of the lanes taken apart. */
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
    const p = this.#laned(at)
    const quad = this.#quad(p)
    if (quad) return { code: memory.quad(tensor, this.#sum(quad).code), width: 4 }
    const { code, width } = this.#sum(p)
    return { code: width === 1 ? memory.at(tensor, code) : memory.each(tensor, code), width }
  }

  #store(tensor: Tensor, p: Position, x: Expression, value: Value): string {
    const { memory } = this.source
    const quad = this.#quad(p)
    if (quad) {
      return memory.putQuad(tensor, this.#sum(quad).code, widened(value, x.dtype, 4))
    }
    const { code, width } = this.#sum(p)
    // Along a variable of one value four lanes still run; the first is the one there is.
    if (width === 1) {
      return memory.put(tensor, code, value.width === 1 ? value.code : `(${value.code}).x`)
    }
    throw new TubeletError(`WebGPU: a store at ${p.key} is not one element or four in a row`)
  }

  #apply(op: string, args: readonly Expression[], { dtype }: Expression): Value {
    const values = args.map((x) => this.value(x))
    const width = widest(values)
    const codes = args.map((x, i) => widened(values[i]!, x.dtype, width))
    const cast = op === "cast"
    const code = cast
      ? casted(codes[0]!, args[0]!.dtype, dtype, width)
      : written(this.source, op, codes, width)
    return { code, width }
  }

  #inside({ position, low, high, value, otherwise, dtype }: Inside): Value {
    const p = this.position(plus(position, at(-low)))
    const values = [value, otherwise].map((x) => this.value(x))
    const width = widest([p, ...values])
    const [yes, no] = values.map((x) => widened(x, dtype, width))
    // What is below `low` wraps to a large u32: one comparison sees to both ends.
    const bound = `${vectorOf("u32", p.width)}(${high - low}u)`
    const condition = `${p.code} < ${bound}`
    const wide = p.width === width ? condition : `vec4<bool>(${condition})`
    const lost = otherwise.kind === "literal" && Number.isNaN(otherwise.value)
    return { code: lost ? orNaN(yes!, wide, width) : `select(${no}, ${yes}, ${wide})`, width }
  }

  /** The number of the group of four, where the lanes are four elements in a row from there. */
  #quad(p: Position): Position | undefined {
    const rest = plus(p, times(lane, -1))
    const aligned = rest.offset % 4 === 0 && rest.terms.every(({ factor }) => factor % 4 === 0)
    return aligned && !this.source.needs.position(rest).has("lane") ? over(rest, 4) : undefined
  }

  /** A position whose variable of the lanes is taken apart. */
  #sum({ offset, terms }: Position): Value {
    const atoms = terms.map(({ factor, atom }) => ({ factor, value: this.#atom(atom) }))
    const parts = atoms.map(({ factor, value }) => ({
      negative: factor < 0,
      code: Math.abs(factor) === 1 ? value.code : `${Math.abs(factor)}u * ${value.code}`,
    }))
    if (offset !== 0) parts.push({ negative: offset < 0, code: `${Math.abs(offset)}u` })
    parts.sort((a, b) => Number(a.negative) - Number(b.negative))
    const code = parts
      .map(({ negative, code }, i) =>
        negative ? `${i === 0 ? "0u " : ""}- ${code}` : i === 0 ? code : `+ ${code}`,
      )
      .join(" ")
    return { code: code || "0u", width: widest(atoms.map(({ value }) => value)) }
  }

  #atom(atom: Atom): Value {
    if (atom.kind === "variable") {
      if (atom.name === "lane") return { code: "lane", width: 4 }
      return { code: this.scope.variable(atom.name.replace(quadMark, "")), width: 1 }
    }
    if (atom.kind === "loaded") {
      const { code, width } = this.value(atom.value)
      return { code: `${vectorOf("u32", width)}(${code})`, width }
    }
    const { kind, of, by } = atom
    return this.#once(`${kind} ${of.key} ${by}`, this.source.needs.position(of), (block) =>
      block.#divided(kind, of, by),
    )
  }

  /** Whole part or rest, of what is lifted above 0 first: u32 knows nothing below. */
  #divided(kind: "quotient" | "remainder", of: Position, by: number): Value {
    const lift = Math.max(0, Math.ceil(-boundsOf(of)[0] / by))
    const lifted = plus(of, at(lift * by))
    const { code, width } = this.#sum(lifted)
    const x = code.includes(" ") ? `(${code})` : code
    if (kind === "remainder") return { code: `${x} % ${by}u`, width }
    return { code: `${x} / ${by}u${lift === 0 ? "" : ` - ${lift}u`}`, width }
  }
}
