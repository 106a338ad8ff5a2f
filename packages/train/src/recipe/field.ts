import { TubeletError } from "@tubelet/core"
import type { System } from "@tubelet/models"
import type { Alternatives } from "./alternatives.js"
import type { ValueType } from "./value-type.js"

/** A default that differs between model families. */
export type BySystem<T> = Readonly<Record<System, T>>

/**
 * A hyperparameter: the one row that defines its option, default and check, its flag and help, its
 * field in config.json, and its lines in the table of settings and in the docs.
 */
export interface Field<T = unknown> {
  readonly type: ValueType<T>
  /** One line of description, without the default. */
  readonly help: string
  /** Absent if the option is off by default, or follows from others: see `otherwise`. */
  readonly default?: T | BySystem<T>
  /** The default in words, if `default` does not say it. */
  readonly otherwise?: string
  /** The name of its flag and config field, if not the option's; false for none. */
  readonly flag?: string | false
  /** The option that sets the same thing in another way; only one of the two can be set. */
  readonly insteadOf?: string
  /** The default as a fraction of the option whose unit it shares. */
  readonly share?: BySystem<number>
  /** The option whose unit it shares. */
  readonly unitOf?: string
  /** Its name in the table of settings, if not the option's. */
  readonly label?: string
  /** Formats its value for the table of settings. */
  show?(value: T): string
}

/** A task's hyperparameters by option name. */
export type Fields = Readonly<Record<string, Field>>

/** A row, type-checked against its value. */
export const field = <T, const F extends Omit<Field<T>, "type">>(
  type: ValueType<T>,
  row: F,
): F & { readonly type: ValueType<T> } => ({ ...row, type })

export type ValueOf<F> = F extends { readonly type: ValueType<infer T> } ? T : never

/** The options of a task. */
export type OptionsOf<F> = { readonly [K in keyof F]?: ValueOf<F[K]> }

type Settles<F> = F extends { readonly insteadOf: string }
  ? false
  : F extends { readonly default: unknown }
    ? true
    : false

/** Options with defaults filled in: those without one, or set in another way, may be absent. */
export type Settled<F> = {
  readonly [K in keyof F as Settles<F[K]> extends true ? K : never]: ValueOf<F[K]>
} & {
  readonly [K in keyof F as Settles<F[K]> extends true ? never : K]?: ValueOf<F[K]>
}

/** The default of a row for the model family `system`. */
export const defaultOf = <T>(row: { readonly default: T | BySystem<T> }, system: System): T =>
  isBySystem(row.default) ? row.default[system] : row.default

export const isBySystem = <T>(value: T | BySystem<T>): value is BySystem<T> =>
  typeof value === "object" && value !== null && "videomae" in value

/** The alternatives among rows. */
export const alternativesOf = (fields: Fields): Alternatives[] =>
  Object.entries(fields).flatMap(([name, { insteadOf }]) => {
    if (insteadOf === undefined) return []
    const inItsUnit = Object.keys(fields).filter((other) => fields[other].unitOf === insteadOf)
    return [{ of: [insteadOf, name], with: inItsUnit }]
  })

/** @throws TubeletError for a value out of bounds, and for two options that set the same thing. */
export function checkOptions(fields: Fields, options: Readonly<Record<string, unknown>>): void {
  for (const [name, { type }] of Object.entries(fields)) {
    const value = options[name]
    if (value === undefined || type.accepts(value)) continue
    const got = typeof value === "string" ? JSON.stringify(value) : value
    throw new TubeletError(`${name} must be ${type.expected}, got ${got}`)
  }
  for (const alternatives of alternativesOf(fields)) checkAlternatives(alternatives, options)
}

function checkAlternatives({ of }: Alternatives, options: Readonly<Record<string, unknown>>): void {
  const given = of.filter((name) => options[name] !== undefined)
  if (given.length < 2) return
  throw new TubeletError(`both ${given.join(" and ")} are set`, "set only one of them")
}

/** Options with the defaults of their rows filled in. */
export const withDefaults = <F extends Fields>(
  fields: F,
  system: System,
  options: OptionsOf<F>,
): Settled<F> =>
  present(Object.keys(fields), (name) => {
    const { default: value, insteadOf } = fields[name]
    return options[name] ?? (insteadOf ? undefined : defaultOf({ default: value }, system))
  }) as Settled<F>

/** Options that give the same settings even if the defaults change. */
export const settledOptions = <F extends Fields>(fields: F, settled: Settled<F>): OptionsOf<F> =>
  present(
    Object.keys(fields).filter((name) => fields[name].insteadOf === undefined),
    (name) => settled[name as keyof Settled<F>],
  ) as OptionsOf<F>

/** The values under these names, without those that are undefined. */
const present = (names: readonly string[], of: (name: string) => unknown) =>
  Object.fromEntries(
    names.map((name) => [name, of(name)]).filter(([, value]) => value !== undefined),
  )
