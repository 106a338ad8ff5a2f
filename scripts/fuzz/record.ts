import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { FuzzReport } from "./fuzz.js"

/** The inputs that an arm tried, and its failure, if any. */
export interface Arm extends Partial<FuzzReport> {
  readonly name: string
  /** The number of inputs that earlier arms tried. */
  readonly from: number
  readonly inputs: number
  readonly failure?: string
}

/** One line per arm, kept in the repository. After a change to a parser, delete its lines. */
const file = fileURLToPath(new URL("record.jsonl", import.meta.url))

/** The number of inputs that all arms of a parser tried. */
export function tried(name: string): number {
  if (!existsSync(file)) return 0
  const arms = readFileSync(file, "utf8").trim().split("\n")
  return arms
    .map((line) => JSON.parse(line) as Arm)
    .filter((arm) => arm.name === name)
    .reduce((sum, { inputs }) => sum + inputs, 0)
}

/** Test files run in parallel, so a line is appended in one write. */
export function record(arm: Arm): void {
  const date = new Date().toISOString().slice(0, 10)
  appendFileSync(file, `${JSON.stringify({ date, ...arm })}\n`)
}
