import { type HostArray, type Node, type Tensor, toNumbers } from "@tubelet/core"
import type { Attribute } from "./attributes.js"
import { type NodeOptions, OnnxGraph } from "./model.js"

export type Attributes = Readonly<Record<string, Attribute | undefined>>

/** What a core node becomes: the ONNX names of its outputs. */
export type Emitter = (writer: Writer, node: Node) => string | readonly string[]

/** Writes a core graph as an ONNX graph: knows the name that each tensor got. */
export class Writer {
  readonly graph = new OnnxGraph()
  readonly #names = new Map<Tensor, string>()
  readonly #shared = new Map<string, string>()

  /** The core node that each ONNX node comes from, by its name: for errors of its runtime. */
  readonly origins = new Map<string, Node>()
  #current: Node | undefined

  /** Writes a core node. */
  emit(node: Node, emitter: Emitter): void {
    this.#current = node
    for (const [i, name] of [emitter(this, node)].flat().entries()) {
      this.#names.set(node.outputs[i]!, name)
    }
  }

  /** A node of ONNX's own operator set; the name of its first result. */
  op(type: string, inputs: readonly string[], attrs: Attributes = {}): string {
    return this.nodes(type, inputs, { attrs })[0]!
  }

  /** A node of ONNX Runtime's operator set. */
  microsoft(type: string, inputs: readonly string[], attrs: Attributes = {}): string {
    return this.nodes(type, inputs, { attrs, domain: "com.microsoft" })[0]!
  }

  /** A node of several results. */
  nodes(type: string, inputs: readonly string[], options: NodeOptions): string[] {
    const names = this.graph.nodes(type, inputs, options)
    if (this.#current) this.origins.set(names[0]!, this.#current)
    return names
  }

  define(t: Tensor, name: string): void {
    this.#names.set(t, name)
  }

  /**
   * The name of a tensor's elements in its full shape. Broadcasts and constants are written when
   * first asked for, as most are folded into what reads them.
   */
  value(t: Tensor): string {
    const known = this.#names.get(t)
    if (known !== undefined) return known
    const name = t.node.op.name === "constant" ? this.#constant(t) : this.#expanded(t)
    this.#names.set(t, name)
    return name
  }

  /** A scalar of a float or integer type. */
  scalar(x: number): string {
    return this.#once(`f32 ${Object.is(x, -0) ? "-0" : x}`, () =>
      this.graph.constant(Float32Array.of(x), []),
    )
  }

  /** A list of i64, as shapes and axes want it. */
  ints(values: readonly number[]): string {
    return this.#once(`ints ${values}`, () => this.graph.ints(values))
  }

  /** `x` under another shape. */
  reshape(x: string, shape: readonly number[]): string {
    return this.op("Reshape", [x, this.ints(shape)])
  }

  #once(key: string, make: () => string): string {
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const name = make()
    this.#shared.set(key, name)
    return name
  }

  #constant(t: Tensor): string {
    const { data } = t.node.attrs as { data: HostArray }
    if (t.dtype === "f32" && t.rank === 0) return this.scalar(toNumbers(data, "f32")[0]!)
    return this.graph.constant(data, t.shape, { type: t.dtype })
  }

  #expanded(t: Tensor): string {
    return this.op("Expand", [this.value(t.node.inputs[0]!), this.ints(t.shape)])
  }
}
