import {
  type DType,
  describeSite,
  formatSpec,
  type HostArray,
  type Node,
  type Shape,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import type { OnnxGraph } from "../model.js"

/** Writes one op's nodes and returns the names of its outputs. */
export type Emit = (emitter: Emitter, node: Node) => readonly string[]

/** A graph being turned into an ONNX file: which tensor has which name. */
export class Emitter {
  readonly #names = new Map<Tensor, string>()
  readonly #full = new Map<Tensor, string>()

  constructor(readonly onnx: OnnxGraph) {}

  define(t: Tensor, name: string): void {
    this.#names.set(t, name)
  }

  /**
   * The name of a value with its own shape. A broadcast is written out only when somebody asks
   * for it in full: elementwise operators repeat their operands themselves.
   */
  full(t: Tensor): string {
    const known =
      this.#full.get(t) ?? (t.node.op.name === "broadcast" ? undefined : this.#names.get(t))
    if (known !== undefined) return known
    const name = this.onnx.node("Expand", [this.operand(t), this.onnx.ints(t.shape)])
    this.#full.set(t, name)
    return name
  }

  /** The name of a value that may still have to be broadcast, as NumPy does, to its shape. */
  operand(t: Tensor): string {
    const source = t.node.op.name === "broadcast" ? t.node.inputs[0]! : t
    if (source !== t) return this.operand(source)
    const name = this.#names.get(t)
    if (name !== undefined) return name
    throw new Error(`${t.node.op.name} is read before it is written`)
  }

  reshape(name: string, shape: Shape): string {
    return this.onnx.node("Reshape", [name, this.onnx.ints(shape)])
  }

  scalar(value: number): string {
    return this.onnx.constant(Float32Array.of(value), [])
  }

  constant(data: HostArray, dtype: DType, shape: Shape): string {
    return this.onnx.constant(data, shape, { type: dtype })
  }
}

/** An operator that ONNX Runtime lacks for a type: said when compiling, with the user's line. */
export function unsupported(node: Node, why: string): never {
  const inputs = node.inputs.map(formatSpec).join(", ")
  throw new TubeletError(
    `${node.op.name}(${inputs}) has no ONNX operator: ${why}`,
    `at ${describeSite(node.site)}; cast to f32 first, or choose another backend`,
  )
}
