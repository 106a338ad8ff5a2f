import { readRun } from "./arguments.js"
import {
  type Backend,
  type CompileOptions,
  type DeviceArray,
  isDeviceArray,
  type MemoryReport,
  type Program,
  type RunValue,
} from "./backend.js"
import { formatSpec, type HostArray, type Spec, sameShape } from "./dtype.js"
import { TubeletError } from "./errors.js"
import type { Graph, GraphOutput } from "./graph.js"
import { indexBounds } from "./indices.js"
import { isPrimitive } from "./op.js"
import { input } from "./ops/source.js"
import { optimise } from "./passes/index.js"
import { flatten, mapTree, type Tree } from "./records.js"
import type { Tensor } from "./tensor.js"
import { isTensor, traced } from "./trace.js"

/** A record of specs as the tensors that a traced function receives. */
export type Traced<S> = S extends Spec ? Tensor : { readonly [K in keyof S]: Traced<S[K]> }
/** The same record as values for a run. */
export type Values<S> = S extends Spec ? RunValue : { readonly [K in keyof S]: Values<S[K]> }
/** The result of a traced function as handles. */
export type Results<R> = R extends Tensor ? DeviceArray : { readonly [K in keyof R]: Results<R[K]> }

export interface TraceOptions {
  /** Top-level entries whose handles the function overwrites in place. */
  readonly donate?: readonly string[]
  /** Adds every `tap` to the results as `taps`. */
  readonly taps?: boolean
}

/** A compiled function; run it as often as you like. */
export interface Compiled<S, R> {
  readonly graph: Graph
  run(values: Values<S>): Results<R>
  memory(): MemoryReport
  profile: Program["profile"]
  costs: Program["costs"]
  dispose(): Promise<void>
}

/** True for `{ dtype, shape }`, including handles. */
export const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && "dtype" in value && "shape" in value

/** Traces `f` over placeholders for `specs` into a graph, before any pass. */
export function traceGraph<S, R>(
  f: (inputs: Traced<S>) => R,
  specs: S,
  { donate = [], taps = false }: TraceOptions = {},
): { graph: Graph; result: R } {
  checkDonated(donate, specs)
  const inputs: { path: string; tensor: Tensor; donated: boolean }[] = []
  const placeholders = mapTree<Spec, Tensor>(specs as Tree<Spec>, isSpec, (s, path) => {
    const tensor = input(path, { dtype: s.dtype, shape: s.shape })
    inputs.push({ path, tensor, donated: donate.includes(path.split("/")[0]) })
    return tensor
  })
  const { result, trace } = traced(() => f(placeholders as Traced<S>))
  const tapped = taps ? { ...result, taps: Object.fromEntries(trace.taps) } : result
  const leaves = flatten<Tensor>(tapped as Tree<Tensor>, isTensor)
  const outputs = leaves.map(([path, tensor]): GraphOutput => {
    const into = inputs.findIndex((i) => i.donated && i.path === path)
    if (into < 0) return { path, tensor }
    requireSameSpec(path, inputs[into].tensor, tensor)
    return { path, tensor, into }
  })
  return { graph: { inputs, outputs }, result: tapped }
}

function checkDonated(donate: readonly string[], specs: unknown): void {
  const known = isSpec(specs) ? [] : Object.keys(specs as object)
  for (const name of donate) {
    if (known.includes(name)) continue
    throw new TubeletError(
      `compile: donate names "${name}", which is not an entry of specs`,
      `the entries are ${known.join(", ")}`,
    )
  }
}

function requireSameSpec(path: string, before: Spec, after: Spec): void {
  if (before.dtype === after.dtype && sameShape(before.shape, after.shape)) return
  throw new TubeletError(
    `compile: ${path} is donated as ${formatSpec(before)} but returned as ${formatSpec(after)}`,
    "return it with its original dtype and shape, or do not donate it",
  )
}

/**
 * Compiles a function of tensors once, to run on many batches. `specs` is a nested record of `{
 * dtype, shape }` (handles work too); results have the nesting that `f` returns.
 */
export async function compile<S, R>(
  backend: Backend,
  f: (inputs: Traced<S>) => R,
  { specs, donate, taps, ...options }: { specs: S } & TraceOptions & CompileOptions,
): Promise<Compiled<S, R>> {
  const { graph: written, result } = traceGraph(f, specs, {
    ...(donate && { donate }),
    ...(taps && { taps }),
  })
  const graph = optimise(written, (op) => isPrimitive(op) || backend.supports(op))
  const program = await backend.compile(graph, options)
  const bounds = indexBounds(written)
  return {
    graph,
    memory: () => program.memory(),
    profile: program.profile?.bind(program),
    costs: program.costs?.bind(program),
    dispose: () => program.dispose(),
    run(values) {
      const handles = program.run(readRun(graph, values, backend, bounds))
      const byPath = new Map(graph.outputs.map((o, i) => [o.path, handles[i]]))
      return mapTree<Tensor, DeviceArray>(
        result as Tree<Tensor>,
        isTensor,
        (_, path) => byPath.get(path)!,
      ) as Results<R>
    },
  }
}

/** Frees every handle of a nested record. */
export function disposeAll(handles: object): void {
  for (const [, handle] of flatten(handles as Tree<DeviceArray>, isDeviceArray)) handle.dispose()
}

/** Uploads a nested record of host arrays with the dtypes and shapes of `specs`. */
export const upload = <S>(
  backend: Backend,
  specs: S,
  values: Tree<HostArray>,
): Results<Traced<S>> => {
  const data = new Map(
    flatten<HostArray>(values, ArrayBuffer.isView as (v: unknown) => v is HostArray),
  )
  return mapTree<Spec, DeviceArray>(specs as Tree<Spec>, isSpec, (s, path) =>
    backend.upload(data.get(path)!, s),
  ) as Results<Traced<S>>
}
