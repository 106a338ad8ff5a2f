import { TubeletError } from "@tubelet/core"
import { isObject, type JsonObject } from "../files/json.js"

/** Reads fields of a configuration, with transformers' defaults for missing ones. */
export interface Fields {
  count(name: string, fallback: number): number
  number(name: string, fallback: number): number
  flag(name: string, fallback: boolean): boolean
  text(name: string, fallback: string): string
  numbers(name: string, fallback: readonly number[]): readonly number[]
  refuse(why: string): never
}

/** Larger than any model's width, depth or length. */
const largest = 2 ** 24

export function fields(config: JsonObject, file: string): Fields {
  const refuse = (why: string): never => {
    throw new TubeletError(`${file} does not describe a known model: ${why}`, "download it again")
  }
  const read =
    <T>(what: string, is: (value: unknown) => value is T) =>
    (name: string, fallback: T): T => {
      const value = Object.hasOwn(config, name) ? (config[name] ?? fallback) : fallback
      if (is(value)) return value
      return refuse(`its ${name} is ${String(JSON.stringify(value)).slice(0, 60)}, not ${what}`)
    }
  return {
    count: read("a count", (v): v is number => {
      return Number.isSafeInteger(v) && (v as number) > 0 && (v as number) <= largest
    }),
    number: read("a number", (v): v is number => Number.isFinite(v)),
    flag: read("true or false", (v): v is boolean => typeof v === "boolean"),
    text: read("text", (v): v is string => typeof v === "string"),
    numbers: read("three numbers", (v): v is readonly number[] => {
      return Array.isArray(v) && v.length === 3 && v.every((n) => Number.isFinite(n))
    }),
    refuse,
  }
}

/** The labels of `id2label`, whose keys are numbers from 0. */
export function labelsOf(config: JsonObject, { refuse }: Fields): string[] {
  const map = config.id2label ?? { 0: "LABEL_0", 1: "LABEL_1" }
  if (!isObject(map)) return refuse("its id2label is not a map")
  const ids = Object.keys(map)
  return ids.map((_, id) => {
    const label = Object.hasOwn(map, String(id)) ? map[String(id)] : undefined
    return typeof label === "string" ? label : refuse(`its id2label has no name for ${id}`)
  })
}
