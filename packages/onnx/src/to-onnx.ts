import {
  describeSite,
  formatSpec,
  type Graph,
  type HostArray,
  isPrimitive,
  type Node,
  nodesOf,
  type Op,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import { emitters } from "./emit/index.js"
import type { FileOptions } from "./model.js"
import { StoredInputs } from "./stored-inputs.js"
import { batchAxis, declared } from "./symbolic-batch.js"
import { Writer } from "./writer.js"

export interface OnnxFile {
  /** The file: an onnx.ModelProto. */
  readonly bytes: Uint8Array
  /** The names of the inputs in the file, in the graph's order. */
  readonly inputs: readonly string[]
  /** The names of the outputs; a tensor that is returned twice has one name. */
  readonly outputs: readonly string[]
  /** The core node behind each node of the file, by name: for errors of a runtime. */
  readonly origins: ReadonlyMap<string, Node>
  /** The content of the file that `external` names, in order; empty otherwise. */
  readonly data: readonly Uint8Array[]
}

export interface OnnxOptions extends FileOptions {
  /**
   * For any runtime: standard ONNX operators only, from a 2022 operator set, with outputs named by
   * their paths. All ops must satisfy `portableSupports`.
   */
  readonly portable?: boolean
  /** Values of inputs, by path, to store in the file; they are then no longer inputs. */
  readonly stored?: ReadonlyMap<string, HostArray>
  /**
   * The name of a second file for stored values, such as `model.onnx.data`: one file is limited to
   * 2 GiB. Both must be in the same folder.
   */
  readonly external?: string
}

const lazy: ReadonlySet<string> = new Set(["input", "constant", "broadcast"])

/** Composites with an ONNX operator, or a faster form than their primitives. */
export const onnxSupports = (op: Op): boolean => isPrimitive(op) || op.name in emitters

/** Composites for portable files: their operator set has no GELU. */
export const portableSupports = (op: Op): boolean => onnxSupports(op) && op.name !== "gelu"

/**
 * Exports a graph as an ONNX file. Inputs are named by their paths. They may be intermediates of a
 * larger graph, of which only what follows them is exported. A graph traced at the batch size
 * `openBatch` becomes a file for any batch size.
 */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): OnnxFile {
  const nodes = nodesAfterInputs(graph)
  const read = new Set([...nodes.flatMap((n) => n.inputs), ...graph.outputs.map((o) => o.tensor)])
  const w = new Writer(options.portable === true, (t) => read.has(t))
  const { inputs, data } = defineInputs(w, graph, options)
  for (const node of nodes) if (!lazy.has(node.op.name)) emit(w, node)
  const outputs = defineOutputs(w, graph)
  return { bytes: w.graph.bytes(options), inputs, outputs, origins: w.origins, data }
}

function defineInputs(w: Writer, graph: Graph, { stored, external }: OnnxOptions) {
  const kept = new StoredInputs(w.graph, external)
  const inputs: string[] = []
  for (const { path, tensor } of graph.inputs) {
    const values = stored?.get(path)
    // Stored values that nothing reads, such as a large model's head, are left out.
    if (values) {
      if (w.isRead(tensor)) w.define(tensor, kept.add(path, values, tensor))
    } else {
      w.define(tensor, w.graph.input(path, tensor.dtype, declared(tensor.shape)))
      inputs.push(path)
    }
  }
  const open = batchAxis(graph)
  if (open) {
    w.batch = w.op("Shape", [open.path], { start: open.axis, end: open.axis + 1 })
  }
  return { inputs, data: kept.data }
}

function defineOutputs(w: Writer, graph: Graph): string[] {
  const shown = new Map<string, string>()
  return graph.outputs.map(({ path, tensor }) => {
    const name = w.value(tensor)
    const known = shown.get(name)
    if (known !== undefined) return known
    const moved = outputName(w, name, tensor, path)
    shown.set(name, moved)
    w.graph.output(moved, tensor.dtype, declared(tensor.shape))
    return moved
  })
}

/** An input or a constant needs a node to become an output or to get a new name. */
function outputName(w: Writer, name: string, tensor: Tensor, path: string): string {
  if (w.portable) return w.nodes("Identity", [name], { outputs: [path] })[0]
  return lazy.has(tensor.node.op.name) ? w.op("Identity", [name]) : name
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
      `ONNX does not support ${node.op.name}(${node.inputs.map(formatSpec).join(", ")})`,
      `used at ${describeSite(node.site)}; lower the graph with onnxSupports first`,
    )
  }
  w.emit(node, emitter)
}
