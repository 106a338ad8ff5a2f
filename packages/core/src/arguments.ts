import { type Backend, isDeviceArray, type RunValue } from "./backend.js"
import { formatSpec, hostArrayClass, isFloat, sameShape } from "./dtype.js"
import { TubeletError } from "./errors.js"
import type { Graph, GraphInput } from "./graph.js"
import { type IndexBound, requireInBounds } from "./indices.js"
import { flatten, type Tree } from "./records.js"
import { withArticle } from "./with-article.js"

const isValue = (value: unknown): value is RunValue =>
  typeof value === "number" || ArrayBuffer.isView(value) || isDeviceArray(value)

/**
 * Checks a run's values against the graph's inputs and returns them in order. `bounds` are those of
 * inputs that are used as indices.
 */
export function readRun(
  graph: Graph,
  values: unknown,
  backend: Backend,
  bounds: ReadonlyMap<string, IndexBound> = new Map(),
): RunValue[] {
  const given = new Map(flatten<RunValue>(values as Tree<RunValue>, isValue))
  const ordered = graph.inputs.map((input) => {
    const value = given.get(input.path)
    given.delete(input.path)
    checkValue(input, value, backend)
    const bound = bounds.get(input.path)
    if (bound && !isDeviceArray(value)) requireInBounds(input.path, value!, bound)
    return value!
  })
  for (const path of given.keys()) {
    throw new TubeletError(
      `run: "${path}" is not an input of this compiled function`,
      `the inputs are ${graph.inputs
        .map((i) => i.path)
        .slice(0, 20)
        .join(", ")}`,
    )
  }
  refuseAliases(graph, ordered)
  return ordered
}

/** A run may not read a handle that it also overwrites under another name. */
function refuseAliases(graph: Graph, values: readonly RunValue[]): void {
  const donated = new Map(
    graph.inputs.flatMap((x, i) => (x.donated ? [[values[i], x.path] as const] : [])),
  )
  for (const [i, { path }] of graph.inputs.entries()) {
    const other = donated.get(values[i])
    if (other === undefined || other === path) continue
    throw new TubeletError(
      `run: "${path}" and the donated "${other}" are the same handle`,
      "upload a second copy: the run overwrites the donated handle in place",
    )
  }
}

function checkValue(
  { path, tensor, donated }: GraphInput,
  value: RunValue | undefined,
  on: Backend,
) {
  const fail = (got: string, advice: string): never => {
    throw new TubeletError(`run: "${path}" must be ${formatSpec(tensor)}, got ${got}`, advice)
  }
  if (value === undefined) return fail("nothing", "pass a value for every entry of specs")
  if (isDeviceArray(value)) {
    if (value.backend !== on)
      fail(`a handle of backend ${value.backend.name}`, "upload it to this backend")
    const fits = value.dtype === tensor.dtype && sameShape(value.shape, tensor.shape)
    return fits || fail(formatSpec(value), "compile for this shape, or pass a handle that matches")
  }
  if (donated) fail("host data", "donated inputs are overwritten in place: upload them first")
  if (typeof value === "number") {
    if (tensor.size !== 1) fail("a number", "only scalars accept a number")
    const fits = isFloat(tensor.dtype) || Number.isInteger(value)
    return fits || fail(`${value}`, "pass an integer")
  }
  if (!(value instanceof hostArrayClass(tensor.dtype))) {
    fail(
      withArticle(value.constructor.name),
      `pass ${withArticle(hostArrayClass(tensor.dtype).name)}`,
    )
  }
  return value.length === tensor.size || fail(`${value.length} elements`, `pass ${tensor.size}`)
}
