import { TubeletError } from "@tubelet/core"
import type { TensorFile } from "./tensor-file.js"

/** What a model needs, by name. */
export type Needs = Readonly<Record<string, { readonly shape: readonly number[] }>>

/** How a checkpoint's tensors fit a model's. */
export interface FitReport {
  /** Needed, but not there. */
  readonly missing: readonly string[]
  /** There, but not needed. */
  readonly unexpected: readonly string[]
  /** There, but of another shape. */
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
 * Reads what a model needs as f32. Names that are missing or unexpected, and wrong shapes, are an
 * error that lists them, unless `strict` is false: then what fits is read and the report says what
 * did not.
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

/** Throws unless everything fits. */
export function requireFit(path: string, report: FitReport): void {
  const lines = describeFit(report)
  if (lines.length === 0) return
  throw new TubeletError(
    `${path} does not fit the model: ${lines.join("; ")}`,
    "give the model it was trained as, or load it with { strict: false } to take what fits",
  )
}

/** A report in words, a line for each kind of misfit. */
export function describeFit({ missing, unexpected, mismatched }: FitReport): string[] {
  const shapes = mismatched.map(({ name, held, needed }) => `${name} [${held}] for [${needed}]`)
  return [
    ...listed(missing, "missing"),
    ...listed(unexpected, "unexpected"),
    ...listed(shapes, "of another shape"),
  ]
}

const shown = 5

function listed(names: readonly string[], what: string): string[] {
  if (names.length === 0) return []
  const more = names.length > shown ? `, and ${names.length - shown} more` : ""
  return [`${names.length} ${what} (${names.slice(0, shown).join(", ")}${more})`]
}
