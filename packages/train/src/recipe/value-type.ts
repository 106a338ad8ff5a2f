/** The type of an option's value, whether passed, typed or read from a file. */
export interface ValueType<T = unknown> {
  /** For errors: `an integer of at least 1`. */
  readonly expected: string
  /** Its placeholder in a command's help. */
  readonly placeholder: string
  accepts(value: unknown): value is T
  /** Parses typed text; check the value with `accepts`. */
  parse(text: string): unknown
}

export interface Bounds {
  readonly min?: number
  readonly max?: number
  /** An exclusive lower bound. */
  readonly above?: number
  /** An exclusive upper bound. */
  readonly below?: number
}

/** Finite numbers within bounds. */
export const numberType = (bounds: Bounds = {}): ValueType<number> => ({
  expected: `a number${described(bounds)}`,
  placeholder: "N",
  accepts: (value): value is number => isFiniteNumber(value) && isWithin(value, bounds),
  parse: parseNumber,
})

/** Integers of at least `min`. */
export const wholeType = (min = 1): ValueType<number> => ({
  expected: `an integer of at least ${min}`,
  placeholder: "N",
  accepts: (value): value is number => Number.isSafeInteger(value) && (value as number) >= min,
  parse: parseNumber,
})

/** Two numbers within the same bounds, typed as `0.9,0.95`. */
export const pairType = (bounds: Bounds): ValueType<readonly [number, number]> => ({
  expected: `two numbers${described(bounds)}`,
  placeholder: "N,N",
  accepts: (value): value is readonly [number, number] =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((part) => isFiniteNumber(part) && isWithin(part, bounds)),
  parse: (text) => text.split(",").map(parseNumber),
})

/** One of a closed list of names. */
export const choiceType = <const T extends string>(choices: readonly T[]): ValueType<T> => ({
  expected: `one of ${choices.join(", ")}`,
  placeholder: "NAME",
  accepts: (value): value is T => choices.some((choice) => choice === value),
  parse: (text) => text,
})

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value)

const parseNumber = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text))

const isWithin = (n: number, { min, max, above, below }: Bounds): boolean =>
  (min === undefined || n >= min) &&
  (max === undefined || n <= max) &&
  (above === undefined || n > above) &&
  (below === undefined || n < below)

function described({ min, max, above, below }: Bounds): string {
  const parts = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(min === undefined ? [] : [`of at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ]
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`
}
