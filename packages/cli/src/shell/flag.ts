import { UsageError } from "./errors.js"

/** One flag of a command, which is a field of its config file too. */
export interface Flag<T = unknown> {
  readonly help: string
  /** What stands for the value in the help; none for a switch. */
  readonly placeholder?: string
  /** Reads the value from the command line (a text) or from a config file (any JSON). */
  read(value: unknown, name: string): T
}

/** The values of a command's flags; what was not given is absent. */
export type FlagValues<F> = { -readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never }

const refuse = (name: string, value: unknown, expected: string): never => {
  throw new UsageError(`${name} is ${JSON.stringify(value)}`, `give ${expected}`)
}

export const text = (help: string, placeholder: string): Flag<string> => ({
  help,
  placeholder,
  read: (value, name) => (typeof value === "string" ? value : refuse(name, value, "a text")),
})

/** A text out of a closed list; `others` is said of those that are not in it. */
export const choice = <T extends string>(
  help: string,
  choices: readonly T[],
  others?: string,
): Flag<T> => ({
  help: `${help}: ${choices.join(", ")}`,
  placeholder: "NAME",
  read: (value, name) =>
    choices.includes(value as T)
      ? (value as T)
      : refuse(name, value, `one of ${choices.join(", ")}${others ? `: ${others}` : ""}`),
})

interface Bounds {
  readonly min?: number
  readonly below?: number
  readonly max?: number
  /** Whether `min` itself is refused. */
  readonly above?: boolean
}

export const number = (help: string, bounds: Bounds = {}): Flag<number> => ({
  help,
  placeholder: "N",
  read(value, name) {
    const { min = -Infinity, below = Infinity, max = Infinity, above = false } = bounds
    const n = typeof value === "string" && value.trim() !== "" ? Number(value) : value
    const within = typeof n === "number" && n < below && n <= max && (above ? n > min : n >= min)
    if (within) return n
    const from = above ? `above ${min}` : `of at least ${min}`
    const to = below < Infinity ? ` and below ${below}` : max < Infinity ? `, at most ${max}` : ""
    return refuse(name, value, `a number ${from}${to}`)
  },
})

export const whole = (help: string, min = 1): Flag<number> => ({
  help,
  placeholder: "N",
  read(value, name) {
    const n = typeof value === "string" && value.trim() !== "" ? Number(value) : value
    if (typeof n === "number" && Number.isSafeInteger(n) && n >= min) return n
    return refuse(name, value, `a whole number of at least ${min}`)
  },
})

/** A flag without a value. */
export const yes = (help: string): Flag<boolean> => ({
  help,
  read: (value, name) =>
    typeof value === "boolean" ? value : refuse(name, value, "true or false"),
})
