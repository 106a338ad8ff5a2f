/** One value per parameter, under official names. */
export type Named<T> = Readonly<Record<string, T>>

export const mapNamed = <T, U>(
  values: Named<T>,
  f: (value: T, name: string) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value, name)]))
