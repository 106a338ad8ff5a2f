import { type Backend, isDeviceArray, type RunValue } from "./backend.js"
import { formatSpec, hostArrayClass, isFloat, sameShape } from "./dtype.js"
import { TubeletError } from "./errors.js"
import type { Graph, GraphInput } from "./graph.js"
import { type Choice, requireChoosable } from "./indices.js"
import { flatten, type Tree } from "./records.js"
import { withArticle } from "./with-article.js"

const isValue = (value: unknown): value is RunValue =>
  typeof value === "number" || ArrayBuffer.isView(value) || isDeviceArray(value)

/**
 * Checks a run's values against the graph's inputs and puts them in order. `choices` are those of
 * inputs that serve as indices.
 */
export function readRun(
  graph: Graph,
  values: unknown,
  backend: Backend,
  choices: ReadonlyMap<string, Choice> = new Map(),
): RunValue[] {
  const given = new Map(flatten<RunValue>(values as Tree<RunValue>, isValue))
  const ordered = graph.inputs.map((input) => {
    const value = given.get(input.path)
    given.delete(input.path)
    checkValue(input, value, backend)
    const choice = choices.get(input.path)
    if (choice && !isDeviceArray(value)) requireChoosable(input.path, value!, choice)
    return value!
  })
  for (const path of given.keys()) {
    throw new TubeletError(
      `run: "${path}" is no input of this compiled function`,
      `the inputs are ${graph.inputs
        .map((i) => i.path)
        .slice(0, 20)
        .join(", ")}`,
    )
  }
  refuseAliases(graph, ordered)
  return ordered
}

/** A handle that a run overwrites must not be read by it under a second name. */
function refuseAliases(graph: Graph, values: readonly RunValue[]): void {
  const donated = new Map(
    graph.inputs.flatMap((x, i) => (x.donated ? [[values[i], x.path] as const] : [])),
  )
  for (const [i, { path }] of graph.inputs.entries()) {
    const other = donated.get(values[i])
    if (other === undefined || other === path) continue
    throw new TubeletError(
      `run: "${path}" and the donated "${other}" are the same handle`,
      "upload a second copy: the run overwrites the donated one in place",
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
  if (value === undefined) return fail("nothing", "give every input named in specs")
  if (isDeviceArray(value)) {
    if (value.backend !== on)
      fail(`a handle of another backend (${value.backend.name})`, "upload it here")
    const fits = value.dtype === tensor.dtype && sameShape(value.shape, tensor.shape)
    return fits || fail(formatSpec(value), "compile for this shape, or give the right one")
  }
  if (donated) fail("host data", "donated entries are overwritten in place: upload them first")
  if (typeof value === "number") {
    if (tensor.size !== 1) fail("a number", "a number serves for a scalar only")
    const fits = isFloat(tensor.dtype) || Number.isInteger(value)
    return fits || fail(`${value}`, "give an integer")
  }
  if (!(value instanceof hostArrayClass(tensor.dtype))) {
    fail(
      withArticle(value.constructor.name),
      `give ${withArticle(hostArrayClass(tensor.dtype).name)}`,
    )
  }
  return value.length === tensor.size || fail(`${value.length} elements`, `give ${tensor.size}`)
}
