import { type Field, isBySystem } from "./field.js"

/** A number for display: at most six digits, small ones as 1.5e-4. */
export function showNumber(n: number): string {
  const rounded = Number(n.toPrecision(6))
  return rounded > 0 && rounded <= 1e-3 ? rounded.toExponential() : rounded.toString()
}

const showValue = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(showValue).join(", ")
    : typeof value === "number"
      ? showNumber(value)
      : String(value)

const others = { mae: "MAE", videomaev2: "V2" } as const

/** The default of a row, for display: `1.5e-4; V2: 1e-3`. */
export function showDefault({ default: value, otherwise }: Field): string | undefined {
  if (otherwise !== undefined) return otherwise
  if (!isBySystem(value)) return value === undefined ? undefined : showValue(value)
  const differing = (["mae", "videomaev2"] as const).filter((s) => value[s] !== value.videomae)
  return [
    showValue(value.videomae),
    ...differing.map((system) => `${others[system]}: ${showValue(value[system])}`),
  ].join("; ")
}

/** A row's line in the table of settings: its name and its value. */
export const showField = (
  name: string,
  { label = name, show = showValue, otherwise = "no" }: Field,
  value: unknown,
): [label: string, value: string] => [label, value === undefined ? otherwise : show(value)]
