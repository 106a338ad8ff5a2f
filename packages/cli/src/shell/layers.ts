import { type Alternatives, overlaid } from "@tubelet/train"
import { UsageError } from "./errors.js"
import { flagName } from "./flag-name.js"

/** Values from one source. */
export interface Layer {
  /** Where the values are set, for errors: `on the command line`. */
  readonly where: string
  readonly values: object
}

/**
 * Merges layers of values; later layers override earlier ones. Setting an alternative drops the
 * others from earlier layers, and the values in their unit.
 *
 * @throws UsageError if one layer sets two alternatives.
 */
export function layered<T extends object>(
  layers: readonly Layer[],
  alternatives: readonly Alternatives[],
): T {
  for (const layer of layers) for (const { of } of alternatives) requireOne(of, layer)
  const values = layers.map(({ values }) => values)
  return values.reduce((below, above) => overlaid(below, above, alternatives), {}) as T
}

function requireOne(of: readonly string[], { where, values }: Layer): void {
  const given = of.filter((field) => field in values)
  if (given.length < 2) return
  throw new UsageError(
    `${given.map(flagName).join(" and ")} are both set ${where}`,
    "set only one of them",
  )
}
