// Where a run of the study works: the full protocol, or the quick one that shows it runs.
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { replaceFile } from "@tubelet/core/files"
import { root } from "../scripts/programs.mjs"
import * as protocol from "./protocol.mjs"

/** What the arms share: seeds, candidate rates, sizes, and the folders of results and weights. */
export function contextOf(quick) {
  const cache = join(root, ".cache", "evidence", quick ? "quick" : "full")
  const { seeds, rates, sets, pace } = quick ? protocol.quick : protocol
  const results = quick ? join(cache, "results") : join(root, "evidence", "results")
  for (const folder of [cache, results]) mkdirSync(folder, { recursive: true })
  return { quick, seeds, rates, sets, pace, cache, results }
}

export const nameOf = ({ arm, seed }) => `${arm}-${seed}`
const pathOf = ({ results }, unit) => join(results, `${nameOf(unit)}.json`)

/** The stored result of an arm with a seed, or undefined. */
export function resultOf(context, unit) {
  const path = pathOf(context, unit)
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined
}

/** Stores a result, whole or not at all; returns its path. */
export async function saveResult(context, unit, result) {
  const path = pathOf(context, unit)
  await replaceFile(path, async (append) => {
    await append(new TextEncoder().encode(textOf(result)))
  })
  return path
}

/** A line for each field; a list of numbers is one line. */
function textOf(result) {
  const text = JSON.stringify(result, rounded, 1)
  return `${text.replace(/\[[-\d.e,\s]+\]/g, (list) => list.replace(/\s+/g, ""))}\n`
}

const rounded = (_, value) =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
