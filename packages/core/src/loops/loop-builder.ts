import type { HostArray } from "../dtype.js"
import { splatValue } from "../passes/simplify.js"
import type { Tensor } from "../tensor.js"
import type { Loop, LoopOp, LoopOutput, Statement } from "./loop.js"

/** A vector that a loop reads: an input of the graph or a constant. */
export type VectorSource = { readonly input: number } | { readonly data: HostArray }

/** Ops that do not change elements. */
const isIdentity = ({ node }: Tensor): boolean =>
  node.op.name === "reshape" || node.op.name === "cast"

const isLeaf = (t: Tensor, isGiven: (t: Tensor) => boolean): boolean =>
  isGiven(t) || (t.node.op.name === "constant" && splatValue(t) === undefined)

/** The vectors that an expression reads. */
export function vectorsOf(value: Tensor, isGiven: (t: Tensor) => boolean): Set<Tensor> {
  const vectors = new Set<Tensor>()
  const seen = new Set<Tensor>()
  const pending = [value]
  for (let t = pending.pop(); t !== undefined; t = pending.pop()) {
    if (seen.has(t) || t.size === 1) continue
    seen.add(t)
    if (isLeaf(t, isGiven)) vectors.add(t)
    else pending.push(...t.node.inputs)
  }
  return vectors
}

/** Builds one loop from expressions over vectors. */
export class LoopBuilder {
  /** Vector inputs, in order. */
  readonly vectors: VectorSource[] = []
  /** Scalar inputs, in order. */
  readonly scalars: Tensor[] = []
  readonly #inputs: Loop["inputs"][number][] = []
  readonly #body: Statement[] = []
  /** Inputs count up from 0 and statements down from -1: the number of inputs is not known yet. */
  readonly #references = new Map<Tensor | string, number>()

  constructor(readonly given: ReadonlyMap<Tensor, number>) {}

  build(outputs: readonly { kind: LoopOutput["kind"]; value: Tensor }[]): Loop {
    const results = outputs.map(({ kind, value }) => ({ kind, value: this.#reference(value) }))
    const id = (reference: number) => (reference < 0 ? this.#inputs.length + ~reference : reference)
    return {
      inputs: this.#inputs,
      body: this.#body.map((s) => (s.op === "constant" ? s : { ...s, args: s.args.map(id) })),
      outputs: results.map(({ kind, value }) => ({ kind, value: id(value) })),
    }
  }

  #reference(t: Tensor): number {
    const known = this.#references.get(t)
    if (known !== undefined) return known
    const reference = this.#make(t)
    this.#references.set(t, reference)
    return reference
  }

  #make(t: Tensor): number {
    const { op, inputs } = t.node
    const input = this.given.get(t)
    if (t.size === 1) return this.#input("scalar", () => this.scalars.push(t))
    if (input !== undefined) return this.#input("vector", () => this.vectors.push({ input }))
    const constant = splatValue(t)
    if (constant !== undefined) return this.#constant(constant)
    if (op.name === "constant") {
      const { data } = t.node.attrs as { data: HostArray }
      return this.#input("vector", () => this.vectors.push({ data }))
    }
    if (isIdentity(t) || op.name === "broadcast") return this.#reference(inputs[0])
    const args = inputs.map((x) => this.#reference(x))
    return ~(this.#body.push({ op: op.name as LoopOp, args }) - 1)
  }

  #input(kind: Loop["inputs"][number], add: () => void): number {
    add()
    return this.#inputs.push(kind) - 1
  }

  #constant(value: number): number {
    const key = Object.is(value, -0) ? "-0" : `${value}`
    const known = this.#references.get(key)
    if (known !== undefined) return known
    const reference = ~(this.#body.push({ op: "constant", args: [], value }) - 1)
    this.#references.set(key, reference)
    return reference
  }
}
