import { type HostArray, type Node, type Shape, type Tensor, toNumbers } from "@tubelet/core"
import { type Attribute, float } from "./attributes.js"
import { type NodeOptions, OnnxGraph } from "./model.js"
import { batchesIn, dependsOnBatch, reshapeTarget } from "./symbolic-batch.js"

export type Attributes = Readonly<Record<string, Attribute | undefined>>

/** Emits a core node and returns the ONNX names of its outputs. */
export type Emitter = (writer: Writer, node: Node) => string | readonly string[]

export interface ProductOptions {
  readonly transA?: number
  readonly transB?: number
  /** Of the whole product. */
  readonly factor?: number
}

/** Writes a core graph as an ONNX graph and tracks the name of each tensor. */
export class Writer {
  readonly graph = new OnnxGraph()
  readonly #names = new Map<Tensor, string>()
  readonly #shared = new Map<string, string>()

  /** The core node behind each ONNX node, by name: for errors of its runtime. */
  readonly origins = new Map<string, Node>()
  #current: Node | undefined

  /** The name of the batch size [1], if symbolic. */
  batch: string | undefined

  constructor(
    /** Whether to use standard ONNX operators only. */
    readonly portable: boolean,
    /** Whether a tensor has readers. */
    readonly isRead: (t: Tensor) => boolean,
  ) {}

  /** Writes a core node. */
  emit(node: Node, emitter: Emitter): void {
    this.#current = node
    for (const [i, name] of [emitter(this, node)].flat().entries()) {
      this.#names.set(node.outputs[i], name)
    }
  }

  /** A node of the standard operator set; returns the name of its first result. */
  op(type: string, inputs: readonly string[], attrs: Attributes = {}): string {
    return this.nodes(type, inputs, { attrs })[0]
  }

  /** A node of ONNX Runtime's operator set. */
  microsoft(type: string, inputs: readonly string[], attrs: Attributes = {}): string {
    return this.nodes(type, inputs, { attrs, domain: "com.microsoft" })[0]
  }

  /** A node with several results. */
  nodes(type: string, inputs: readonly string[], options: NodeOptions): string[] {
    const names = this.graph.nodes(type, inputs, options)
    if (this.#current) this.origins.set(names[0], this.#current)
    return names
  }

  define(t: Tensor, name: string): void {
    this.#names.set(t, name)
  }

  /**
   * The name of a tensor in its full shape. Broadcasts and constants are written on first use,
   * since most are folded into their readers.
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

  /** A scalar of i32. */
  int(x: number): string {
    return this.#once(`i32 ${x}`, () => this.graph.constant(Int32Array.of(x), []))
  }

  /** A list of i64, the type of shapes and axes. */
  ints(values: readonly number[]): string {
    if (values.some((v) => batchesIn(v) > 0)) throw dependsOnBatch(`the numbers [${values}]`)
    return this.#once(`ints ${values}`, () => this.graph.ints(values))
  }

  /** A shape as a list of i64; symbolic lengths are computed at run time. */
  shape(shape: Shape): string {
    if (!shape.some((length) => batchesIn(length) > 0)) return this.ints(shape)
    return this.#once(`shape ${shape}`, () => {
      const lengths = shape.map((length) => {
        const times = batchesIn(length)
        if (times === 0) return this.ints([length])
        return times === 1 ? this.batch! : this.op("Mul", [this.batch!, this.ints([times])])
      })
      return this.op("Concat", lengths, { axis: 0 })
    })
  }

  /** `x` with another shape. */
  reshape(x: string, shape: readonly number[]): string {
    return this.op("Reshape", [x, this.ints(reshapeTarget(shape))])
  }

  /** A batched product of matrices [..., M, K] and [..., K, N], each possibly stored transposed. */
  product(
    a: string,
    b: string,
    rank: number,
    { transA = 0, transB = 0, factor = 1 }: ProductOptions = {},
  ): string {
    if (!this.portable) {
      const flags = { ...(transA && { transA }), ...(transB && { transB }) }
      return this.microsoft("FusedMatMul", [a, b], { ...flags, alpha: float(factor) })
    }
    const axes = Array.from({ length: rank }, (_, i) => i)
    const perm = [...axes.slice(0, -2), rank - 1, rank - 2]
    const turned = (x: string, turn: number) => (turn ? this.op("Transpose", [x], { perm }) : x)
    const scaled = factor === 1 ? a : this.op("Mul", [a, this.scalar(factor)])
    return this.op("MatMul", [turned(scaled, transA), turned(b, transB)])
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
    if (t.shape.some((d) => batchesIn(d) > 0)) throw dependsOnBatch(`a constant of [${t.shape}]`)
    if (t.dtype === "f32" && t.rank === 0) return this.scalar(toNumbers(data, "f32")[0])
    return this.graph.constant(data, t.shape, { type: t.dtype })
  }

  #expanded(t: Tensor): string {
    return this.op("Expand", [this.value(t.node.inputs[0]), this.shape(t.shape)])
  }
}
