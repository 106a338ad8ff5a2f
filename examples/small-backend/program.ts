import {
  bytesPerElement,
  type ConstantAttrs,
  type DeviceArray,
  type Graph,
  graphNodes,
  type HostArray,
  hostArrayClass,
  type Program,
  type RunValue,
  type Spec,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import type { Dialect } from "@tubelet/core/codegen"
import { lifetimesOf, planMemory, type Schedule, schedule } from "@tubelet/core/schedule"
import { SmallArray } from "./array.js"
import { printKernel } from "./kernels.js"

type MakeHandle = (spec: Spec, elements: HostArray) => DeviceArray

/** A graph as JavaScript functions, with memory for its intermediates. */
export function compileProgram(graph: Graph, language: Dialect, makeHandle: MakeHandle): Program {
  for (const { outputs } of graphNodes(graph)) outputs.forEach(requireKnown)
  const scheduled = schedule(graph, language.limits)
  const { inPlace } = scheduled
  const kernels = scheduled.kernels.map((kernel) => printKernel(kernel, language))
  const { arena, bytes } = allocate(graph, scheduled)
  const fixed = [...constantsOf(graph), ...arena]
  const isMade = (t: Tensor) => arena.has(t) || inPlace.has(t)

  function run(inputs: readonly RunValue[]): DeviceArray[] {
    const memory = new Map(fixed)
    for (const [i, { tensor }] of graph.inputs.entries()) {
      memory.set(tensor, elementsOf(inputs[i], tensor))
    }
    for (const [next, old] of inPlace) memory.set(next, memory.get(old)!)
    const copyOf = ({ tensor }: { tensor: Tensor }) => memory.get(tensor)!.slice()
    // An input that is also an output: a kernel may overwrite it.
    const given = graph.outputs.map((o) => (isMade(o.tensor) ? undefined : copyOf(o)))

    for (const { tensors, run } of kernels) run(...tensors.map((t) => memory.get(t)!))

    return graph.outputs.map((o, i) => {
      if (o.into === undefined) return makeHandle(o.tensor, given[i] ?? copyOf(o))
      const handle = inputs[o.into] as SmallArray
      const isThere = inPlace.get(o.tensor) === graph.inputs[o.into].tensor
      if (!isThere) handle.elements = given[i] ?? copyOf(o)
      return handle
    })
  }

  const report = { bytesInUse: bytes, bytesReserved: bytes }
  return { run, memory: () => report, dispose: async () => {} }
}

function requireKnown({ node, dtype }: Tensor): void {
  if (dtype !== "f16" && dtype !== "bf16") return
  throw new TubeletError(`the small backend has no ${dtype} ${node.op.name}`, "compute it in f32")
}

/** One block of memory, and the part of it that stores each intermediate while it is alive. */
function allocate(graph: Graph, { kernels, inPlace }: Schedule) {
  const results = new Set(graph.outputs.map((o) => o.tensor))
  // A typed array must start at a multiple of its element size.
  const bytesOf = (t: Tensor) => Math.ceil((t.size * bytesPerElement(t.dtype)) / 4) * 4
  const lives = lifetimesOf(kernels, { bytesOf, toTheEnd: (t) => results.has(t) })
  const { places, slabs } = planMemory(lives.filter((life) => !inPlace.has(life.tensor)))
  const buffer = new ArrayBuffer(slabs[0] ?? 0)
  const arena = new Map<Tensor, HostArray>()
  for (const [{ tensor: t }, { offset }] of places) {
    arena.set(t, new (hostArrayClass(t.dtype))(buffer, offset, t.size))
  }
  return { arena, bytes: buffer.byteLength }
}

const constantsOf = (graph: Graph): [Tensor, HostArray][] =>
  graphNodes(graph)
    .filter(({ op }) => op.name === "constant")
    .map(({ outputs, attrs }) => [outputs[0], (attrs as ConstantAttrs).data])

function elementsOf(value: RunValue, { dtype }: Spec): HostArray {
  if (typeof value === "number") return hostArrayClass(dtype).of(value)
  return value instanceof SmallArray ? value.elements : (value as HostArray)
}
