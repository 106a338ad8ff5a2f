import {
  type Alternatives,
  alternativesOf,
  type Field,
  type Fields,
  type OptionsOf,
  showDefault,
  type ValueOf,
} from "@tubelet/train"
import { type Flag, flagOf } from "../shell/flag.js"

type FlagField<K, F> = F extends { readonly flag: infer N } ? (N extends string ? N : never) : K

/** The flags of hyperparameters, by their fields in a config file. */
export type HyperparameterFlags<F> = {
  readonly [K in keyof F as FlagField<K, F[K]>]: Flag<ValueOf<F[K]>>
}

/** Rows that have a flag, with the flag's field in a config file. */
const flagged = (fields: Fields): [name: string, flag: string, row: Field][] =>
  Object.entries(fields).flatMap(([name, row]) => {
    const { flag = name } = row
    return flag === false ? [] : [[name, flag, row]]
  })

export const hyperparameterFlags = <F extends Fields>(fields: F): HyperparameterFlags<F> =>
  Object.fromEntries(
    flagged(fields).map(([, flag, row]) => [
      flag,
      flagOf(row.type, `${row.help} (${showDefault(row) ?? "none"})`),
    ]),
  ) as HyperparameterFlags<F>

/** Values by their flags, as the library's options. */
export const optionsFrom = <F extends Fields>(fields: F, values: object): OptionsOf<F> =>
  renamed(flagged(fields), values) as OptionsOf<F>

/** The library's options, as values by their flags. */
export const valuesFrom = (fields: Fields, options: object): Record<string, unknown> =>
  renamed(
    flagged(fields).map(([name, flag]) => [flag, name]),
    options,
  )

/** Flags that set one thing in several ways. */
export function alternativeFlags(fields: Fields): Alternatives[] {
  const names = new Map(flagged(fields).map(([name, flag]) => [name, flag]))
  const flags = (options: readonly string[]) => options.flatMap((name) => names.get(name) ?? [])
  return alternativesOf(fields).map((set) => ({ of: flags(set.of), with: flags(set.with) }))
}

function renamed(
  names: readonly (readonly [to: string, from: string, ...rest: unknown[]])[],
  values: object,
) {
  const given: Readonly<Record<string, unknown>> = { ...values }
  return Object.fromEntries(
    names.flatMap(([to, from]) => (given[from] === undefined ? [] : [[to, given[from]]])),
  )
}
