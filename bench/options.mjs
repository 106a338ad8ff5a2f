import { parseArgs } from "node:util"
import { cases, casesOn } from "./cases.mjs"

export const usage = `usage: npm run bench:peers -- [--only NAME,...] [--rounds N] [--steps N]
                              [--threads N] [--webgpu] [--json]
  --only     cases to run: ${cases.map((c) => c.name).join(", ")}
             (all CPU cases)
  --webgpu   run the WebGPU cases, on a software driver if there is no GPU
  --rounds   number of rounds; each runs every framework once (3)
  --steps    timed steps per round (depends on the case)
  --threads  threads for every framework (2)
  --json     print one JSON object to stdout and the table to stderr`

/** Wrong usage; the message says what was expected. */
export class UsageError extends Error {}

const texts = ["only", "rounds", "steps", "threads"]
const flags = {
  ...Object.fromEntries(texts.map((name) => [name, { type: "string" }])),
  webgpu: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
}

/** Parses the command line: the selected cases, and counts of at least 1. */
export function readOptions(args) {
  const { only, rounds, steps, threads, webgpu, json, help } = parse(args)
  return {
    cases: only === undefined ? casesOn(webgpu ? "webgpu" : "cpu") : chosen(only.split(",")),
    rounds: count("rounds", rounds ?? "3"),
    steps: steps === undefined ? undefined : count("steps", steps),
    threads: count("threads", threads ?? "2"),
    json,
    help,
  }
}

function parse(args) {
  try {
    return parseArgs({ args, options: flags }).values
  } catch (error) {
    throw new UsageError(error.message)
  }
}

function chosen(names) {
  const unknown = names.find((name) => !cases.some((c) => c.name === name))
  if (unknown === undefined) return cases.filter((c) => names.includes(c.name))
  throw new UsageError(`unknown case "${unknown}"; use ${cases.map((c) => c.name).join(", ")}`)
}

function count(flag, text) {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new UsageError(`--${flag} takes a positive integer, not "${text}"`)
}
