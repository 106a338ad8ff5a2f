/** Fields that set the same thing in different ways, such as the length of a run. */
export interface Alternatives {
  readonly of: readonly string[]
  /** Fields in the unit of the one that is set. */
  readonly with: readonly string[]
}

/**
 * Values that override others. Setting one of several alternatives also drops the others below it
 * and the fields in their unit: `epochs` set over a recipe's `steps` also drops its warm-up, which
 * is in steps.
 */
export function overlaid<T extends object>(
  below: T,
  above: T,
  alternatives: readonly Alternatives[],
): T {
  const given = Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined))
  const dropped = alternatives.flatMap(({ of, with: companions }) => {
    if (!of.some((name) => name in given)) return []
    const others = of.filter((name) => name in below && !(name in given))
    return others.length > 0 ? [...others, ...companions] : []
  })
  const left = Object.entries(below).filter(([name]) => !dropped.includes(name))
  return { ...Object.fromEntries(left), ...given } as T
}
