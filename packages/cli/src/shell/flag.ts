import { type Bounds, numberType, type ValueType, wholeType } from "@tubelet/train"
import { UsageError } from "./errors.js"

/** One flag of a command, which is a field of its config file too. */
export interface Flag<T = unknown> {
  readonly help: string
  /** What stands for the value in the help; a switch has none. */
  readonly placeholder?: string
  /** Reads the value from the command line (a text) or from a config file (any JSON). */
  read(value: unknown, name: string): T
}

export type Flags = Readonly<Record<string, Flag>>

/** The values of a command's flags; what was not given is absent. */
export type FlagValues<F> = { -readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never }

const refuse = (name: string, value: unknown, expected: string, advice?: string): never => {
  throw new UsageError(`${name} must be ${expected}, got ${JSON.stringify(value)}`, advice)
}

/** A flag that takes what a library's option takes. */
export const flagOf = <T>(
  { expected, placeholder, accepts, parse }: ValueType<T>,
  help: string,
): Flag<T> => ({
  ...{ help, placeholder },
  read(value, name) {
    const read = typeof value === "string" ? parse(value) : value
    return accepts(read) ? read : refuse(name, value, expected)
  },
})

export const number = (help: string, bounds?: Bounds): Flag<number> =>
  flagOf(numberType(bounds), help)

export const whole = (help: string, min?: number): Flag<number> => flagOf(wholeType(min), help)

export const text = (help: string, placeholder: string): Flag<string> => ({
  help,
  placeholder,
  read: (value, name) => (typeof value === "string" ? value : refuse(name, value, "a string")),
})

/** A string out of a closed list; `others` is the advice on those that are not in it. */
export const choice = <T extends string>(
  help: string,
  choices: readonly T[],
  others?: string,
): Flag<T> => ({
  help: `${help}: ${choices.join(", ")}`,
  placeholder: "NAME",
  read: (value, name) =>
    choices.find((choice) => choice === value) ??
    refuse(name, value, `one of ${choices.join(", ")}`, others),
})

/** A flag without a value. */
export const yes = (help: string): Flag<boolean> => ({
  help,
  read: (value, name) =>
    typeof value === "boolean" ? value : refuse(name, value, "true or false"),
})
