// What vitest's two ends tell each other, as text: V8's format differs between Node and Deno, and
// JSON has no circles.
import { parse, stringify } from "flatted"

const key = "regular expression"

export const write = (message) =>
  stringify(message, (_, value) =>
    value instanceof RegExp ? { [key]: [value.source, value.flags] } : value,
  )

export const read = (text) =>
  parse(text, (_, value) => (value?.[key] ? new RegExp(...value[key]) : value))
