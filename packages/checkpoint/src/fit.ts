import { TubeletError } from "@tubelet/core"
import type { TensorFile } from "./tensor-file.js"

/** The tensors that a model needs, by name. */
export type Needs = Readonly<Record<string, { readonly shape: readonly number[] }>>

/** How a checkpoint's tensors match a model's. */
export interface FitReport {
  /** Needed, but not in the file. */
  readonly missing: readonly string[]
  /** In the file, but not needed. */
  readonly unexpected: readonly string[]
  /** In the file with another shape. */
  readonly mismatched: readonly {
    readonly name: string
    readonly held: readonly number[]
    readonly needed: readonly number[]
  }[]
}

type Shapes = Pick<TensorFile, "names" | "has" | "shape">

export function fitReport(file: Shapes, needs: Needs): FitReport {
  const needed = Object.entries(needs)
  const mismatched = needed.flatMap(([name, { shape }]) => {
    const held = file.has(name) ? file.shape(name) : shape
    return String(held) === String(shape) ? [] : [{ name, held, needed: shape }]
  })
  return {
    missing: needed.flatMap(([name]) => (file.has(name) ? [] : [name])),
    unexpected: file.names.filter((name) => !Object.hasOwn(needs, name)),
    mismatched,
  }
}

export interface Loaded {
  readonly weights: Record<string, Float32Array>
  readonly report: FitReport
}

/**
 * Reads the tensors that a model needs as f32. Missing names, unexpected names and wrong shapes
 * throw an error that lists them. If `strict` is false, everything that fits is read instead, and
 * the report lists the rest.
 */
export async function loadWeights(
  file: TensorFile,
  needs: Needs,
  { strict = true }: { readonly strict?: boolean } = {},
): Promise<Loaded> {
  const report = fitReport(file, needs)
  if (strict) requireFit(file.path, report)
  const wrong = new Set(report.mismatched.map(({ name }) => name))
  const weights: Record<string, Float32Array> = {}
  for (const name of Object.keys(needs)) {
    if (file.has(name) && !wrong.has(name)) weights[name] = await file.floats(name)
  }
  return { weights, report }
}

/** @throws TubeletError unless everything fits. */
export function requireFit(path: string, report: FitReport): void {
  const lines = describeFit(report)
  if (lines.length === 0) return
  throw new TubeletError(
    `${path} does not fit the model: ${lines.join("; ")}`,
    "use the model it was trained as, or load it with { strict: false } to take what fits",
  )
}

/** The report as text, one line per kind of mismatch. */
export function describeFit({ missing, unexpected, mismatched }: FitReport): string[] {
  const shapes = mismatched.map(
    ({ name, held, needed }) => `${name} [${held}] instead of [${needed}]`,
  )
  return [
    ...listed(missing, "missing"),
    ...listed(unexpected, "unexpected"),
    ...listed(shapes, "of the wrong shape"),
  ]
}

const shown = 5

function listed(names: readonly string[], what: string): string[] {
  if (names.length === 0) return []
  const more = names.length > shown ? `, and ${names.length - shown} more` : ""
  return [`${names.length} ${what} (${names.slice(0, shown).join(", ")}${more})`]
}
