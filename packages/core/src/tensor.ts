import { type DType, type HostArray, type Shape, type Spec, sizeOf } from "./dtype.js"
import type { Op } from "./op.js"
import { here, type Site } from "./site.js"

let nextId = 0

/** A step of a graph: an op with its inputs and outputs. */
export class Node {
  /** Increases as tracing proceeds, so it is a topological order within one trace. */
  readonly id = nextId++
  readonly outputs: readonly Tensor[]

  constructor(
    readonly op: Op,
    readonly inputs: readonly Tensor[],
    readonly attrs: Readonly<Record<string, unknown>>,
    specs: readonly Spec[],
    readonly site: Site | undefined = here(),
  ) {
    this.outputs = specs.map((s, index) => new Tensor(this, index, s.dtype, s.shape))
  }
}

/** A symbolic value: dtype, static shape and the node that computes it. It holds no data. */
export class Tensor implements Spec {
  constructor(
    readonly node: Node,
    readonly index: number,
    readonly dtype: DType,
    readonly shape: Shape,
  ) {}

  get size(): number {
    return sizeOf(this.shape)
  }

  get rank(): number {
    return this.shape.length
  }
}

/** The attributes of a constant. */
export interface ConstantAttrs extends Record<string, unknown> {
  readonly data: HostArray
}
