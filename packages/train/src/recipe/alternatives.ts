/** Fields that set one thing in several ways, such as the length of a run. */
export interface Alternatives {
  readonly of: readonly string[]
  /** Fields in the unit of whichever of them is given. */
  readonly with: readonly string[]
}

/**
 * Values over others. One of several alternatives also replaces the others below it, and what was
 * given in their unit: epochs typed over a recipe's steps drop its warm-up, which counts steps.
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
