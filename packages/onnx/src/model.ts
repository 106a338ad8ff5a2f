import { Message } from "@tubelet/core/protobuf"
import { type Attribute, attributeProto } from "./attributes.js"
import {
  dataTypes,
  type ExternalTensor,
  externalProto,
  type OnnxArray,
  type OnnxType,
  tensorProto,
} from "./tensor-proto.js"

/** com.microsoft holds ONNX Runtime's own operators. */
type Domain = "" | "com.microsoft"

/**
 * Versions of operator sets and of the file. For ONNX Runtime the first with Gelu; for other
 * runtimes the first with layer norm, from early 2022, which is far more widely supported.
 */
const newest = { opsets: { "": 20, "com.microsoft": 1 } as const, ir: 9 }
const portable = { opsets: { "": 17 } as const, ir: 8 }

const modelFields = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const
const graphFields = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
} as const
const nodeFields = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const

/** A dimension: a number, or a name that is bound at run time. */
export type Dimension = number | string

export interface NodeOptions {
  readonly attrs?: Readonly<Record<string, Attribute | undefined>>
  /** "com.microsoft" for ONNX Runtime's own operators; default: standard ONNX. */
  readonly domain?: Domain
  /** Names for the results, or the number of new names (1). An empty name skips a result. */
  readonly outputs?: readonly string[] | number
}

/**
 * An ONNX file under construction. Values have names; nodes must come after their inputs.
 *
 * ```ts
 * const graph = new OnnxGraph()
 * const x = graph.input("x", "f32", [160, 768])
 * graph.output(graph.node("Relu", [x]), "f32", [160, 768])
 * const file = graph.bytes()
 * ```
 */
export class OnnxGraph {
  readonly #graph = new Message()
  readonly #nodes: Message[] = []
  readonly #known = new Set<string>([""])
  #fresh = 0

  constructor(readonly name = "tubelet") {
    this.#graph.string(graphFields.name, name)
  }

  /** Declares a graph input and returns its name. */
  input(name: string, type: OnnxType, shape: readonly Dimension[]): string {
    this.#graph.message(graphFields.input, valueInfo(name, type, shape))
    return this.#define(name)
  }

  /** Makes a value a graph output. */
  output(name: string, type: OnnxType, shape: readonly Dimension[]): void {
    this.#requireKnown(name, "output")
    this.#graph.message(graphFields.output, valueInfo(name, type, shape))
  }

  /** Declares the type and shape of an intermediate, for readers of the file. */
  describe(name: string, type: OnnxType, shape: readonly Dimension[]): void {
    this.#requireKnown(name, "describe")
    this.#graph.message(graphFields.valueInfo, valueInfo(name, type, shape))
  }

  /** An initializer: values stored in the file. `type` is required for f16, bf16 and bool. */
  constant(data: OnnxArray, shape: readonly number[], options: ConstantOptions = {}): string {
    const { name = this.#freshName("constant"), type } = options
    this.#graph.message(graphFields.initializer, tensorProto(name, { data, shape, type }))
    return this.#define(name)
  }

  /** An initializer whose values are in another file, at `offset`. */
  externalConstant(name: string, place: ExternalTensor): string {
    this.#graph.message(graphFields.initializer, externalProto(name, place))
    return this.#define(name)
  }

  /** A list of i64, the type of shapes and axes. */
  ints(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  /** Adds a node and returns the name of its first result. An empty input name omits that input. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodes(opType, inputs, options)[0]
  }

  /** Like `node`, but returns the names of all results. */
  nodes(opType: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    const { attrs = {}, domain = "", outputs = 1 } = options
    for (const input of inputs) this.#requireKnown(input, opType)
    const names = typeof outputs === "number" ? this.#freshNames(opType, outputs) : [...outputs]
    const proto = new Message()
    for (const input of inputs) proto.string(nodeFields.input, input)
    for (const output of names) proto.string(nodeFields.output, output)
    proto.string(nodeFields.name, names.find(Boolean) ?? opType)
    proto.string(nodeFields.opType, opType)
    for (const [key, value] of Object.entries(attrs)) {
      if (value !== undefined) proto.message(nodeFields.attribute, attributeProto(key, value))
    }
    if (domain) proto.string(nodeFields.domain, domain)
    this.#nodes.push(proto)
    for (const output of names) if (output) this.#define(output)
    return names
  }

  /**
   * The file: an onnx.ModelProto. ONNX Runtime traverses it backwards, depth first, from the last
   * node without readers. A "reverse" file therefore runs in the order in which nodes were added:
   * each weight gradient directly after its operands, while they are in cache.
   */
  bytes({ order = "topological", portable: plain = false }: FileOptions = {}): Uint8Array {
    const nodes = order === "reverse" ? [...this.#nodes].reverse() : this.#nodes
    for (const node of nodes) this.#graph.message(graphFields.node, node)
    const model = new Message()
    const { ir, opsets } = plain ? portable : newest
    model.int(modelFields.irVersion, ir).string(modelFields.producer, "tubelet")
    for (const [domain, version] of Object.entries(opsets)) {
      model.message(modelFields.opset, new Message().string(1, domain).int(2, version))
    }
    return model.message(modelFields.graph, this.#graph).finish()
  }

  #freshName(stem: string): string {
    return `${stem}_${this.#fresh++}`
  }

  #freshNames(stem: string, count: number): string[] {
    return Array.from({ length: count }, () => this.#freshName(stem))
  }

  #define(name: string): string {
    if (this.#known.has(name)) throw new Error(`the ONNX graph already has a value named "${name}"`)
    this.#known.add(name)
    return name
  }

  #requireKnown(name: string, where: string): void {
    if (this.#known.has(name)) return
    throw new Error(`${where} reads "${name}", which no earlier node of the ONNX graph produces`)
  }
}

export interface FileOptions {
  /**
   * The order of nodes; `topological`, as the standard requires, unless only ONNX Runtime will run
   * it.
   */
  readonly order?: "topological" | "reverse"
  /** Declares an older operator set, and standard operators only. */
  readonly portable?: boolean
}

export interface ConstantOptions {
  readonly name?: string
  readonly type?: OnnxType
}

/** onnx.ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 } }. */
function valueInfo(name: string, type: OnnxType, shape: readonly Dimension[]): Message {
  const dims = new Message()
  for (const size of shape) {
    const dim = new Message()
    dims.message(1, typeof size === "number" ? dim.int(1, size) : dim.string(2, size))
  }
  const tensor = new Message().int(1, dataTypes[type]).message(2, dims)
  return new Message().string(1, name).message(2, new Message().message(1, tensor))
}
