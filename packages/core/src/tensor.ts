import { type DType, type HostArray, type Shape, type Spec, sizeOf } from "./dtype.js"
import type { Op } from "./op.js"
import { here, type Site } from "./site.js"

let nextId = 0

/** One step of a graph: an op, what it reads, what it gives. */
export class Node {
  /** Grows in the order of tracing, so it is a topological order of one trace. */
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

/** A symbolic value: element type, static shape and the node that makes it. It holds no data. */
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

/** The attributes of the two ops that bring data into a graph. */
export interface ConstantAttrs extends Record<string, unknown> {
  readonly data: HostArray
}
