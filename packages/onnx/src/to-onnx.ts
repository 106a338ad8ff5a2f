import {
  describeSite,
  formatSpec,
  type Graph,
  isPrimitive,
  type Node,
  nodesOf,
  type Op,
  TubeletError,
} from "@tubelet/core"
import { emitters } from "./emit/index.js"
import type { FileOptions } from "./model.js"
import { Writer } from "./writer.js"

export interface OnnxFile {
  /** The file: an onnx.ModelProto. */
  readonly bytes: Uint8Array
  /** The names of the inputs in the file, in the graph's order. */
  readonly inputs: readonly string[]
  /** The names of the outputs; a tensor that is returned twice has one name. */
  readonly outputs: readonly string[]
  /** The core node behind each node of the file, by its name: for errors of a runtime. */
  readonly origins: ReadonlyMap<string, Node>
}

const lazy: ReadonlySet<string> = new Set(["input", "constant", "broadcast"])

/** Composites that ONNX has an operator for, or a better way than by primitives. */
export const onnxKnows = (op: Op): boolean => isPrimitive(op) || op.name in emitters

/**
 * Writes a graph as an ONNX file. Inputs are named by their paths; they may be inner tensors of a
 * larger graph, of which then only what follows them is written.
 */
export function toOnnx(graph: Graph, options: FileOptions = {}): OnnxFile {
  const w = new Writer()
  for (const { path, tensor } of graph.inputs) {
    w.define(tensor, w.graph.input(path, tensor.dtype, tensor.shape))
  }
  for (const node of nodesAfterInputs(graph)) if (!lazy.has(node.op.name)) emit(w, node)
  const shown = new Map<string, string>()
  const outputs = graph.outputs.map(({ tensor }) => {
    const name = w.value(tensor)
    const known = shown.get(name)
    if (known !== undefined) return known
    // An input or a constant needs a node to become an output.
    const moved = lazy.has(tensor.node.op.name) ? w.op("Identity", [name]) : name
    shown.set(name, moved)
    w.graph.output(moved, tensor.dtype, tensor.shape)
    return moved
  })
  const inputs = graph.inputs.map((i) => i.path)
  return { bytes: w.graph.bytes(options), inputs, outputs, origins: w.origins }
}

function nodesAfterInputs({ inputs, outputs }: Graph): Node[] {
  const given = new Set(inputs.map((x) => x.tensor))
  return nodesOf(
    outputs.map((o) => o.tensor),
    (node) => node.outputs.length > 0 && node.outputs.every((t) => given.has(t)),
  )
}

function emit(w: Writer, node: Node): void {
  const emitter = emitters[node.op.name]
  if (emitter === undefined) {
    throw new TubeletError(
      `ONNX has no ${node.op.name}(${node.inputs.map(formatSpec).join(", ")})`,
      `used at ${describeSite(node.site)}; lower the graph with onnxKnows first`,
    )
  }
  w.emit(node, emitter)
}
