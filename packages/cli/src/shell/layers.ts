import { UsageError } from "./errors.js"
import { flagName } from "./flag-name.js"

/** Fields that say one thing in several ways, such as the length of a run. */
export interface Alternatives {
  readonly of: readonly string[]
  /** Fields whose unit is that of the alternative beside them. */
  readonly with?: readonly string[]
}

/** Values from one place. */
export interface Layer {
  /** Where they are from, for errors. */
  readonly name: string
  readonly values: object
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Lays values over each other, the first at the bottom. An alternative drops the others below it,
 * and what was meant in their unit.
 *
 * @throws UsageError where one layer holds two alternatives.
 */
export function layered<T extends object>(
  layers: readonly Layer[],
  alternatives: readonly Alternatives[],
): T {
  let below: Fields = {}
  for (const { name, values } of layers) {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    const above: Fields = Object.fromEntries(given)
    for (const choice of alternatives) below = withoutOthers(below, above, choice, name)
    below = { ...below, ...above }
  }
  return below as T
}

function withoutOthers(
  below: Fields,
  above: Fields,
  { of, with: companions = [] }: Alternatives,
  name: string,
): Fields {
  const [chosen, second] = of.filter((field) => field in above)
  if (chosen === undefined) return below
  if (second !== undefined) {
    throw new UsageError(
      `both ${flagName(chosen)} and ${flagName(second)} are given in ${name}`,
      "give one of them: they say the same in two ways",
    )
  }
  const others = of.filter((field) => field !== chosen && field in below)
  const dropped = others.length > 0 ? [...others, ...companions] : []
  return Object.fromEntries(Object.entries(below).filter(([field]) => !dropped.includes(field)))
}
