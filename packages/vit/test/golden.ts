import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readSafetensors, type Stored } from "../../core/test/support/safetensors.js"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** All sets are in the fixtures folder; copies of the small ones are kept here and in core. */
const folders = [
  process.env.TUBELET_FIXTURES ?? path("../../../../shared/fixtures"),
  path("./golden"),
  path("../../core/test/golden"),
]

/** The tensors in one file of the authors' numbers. */
export const golden = (name: string): Map<string, Stored> =>
  readSafetensors(folders.map((folder) => `${folder}/${name}`).find(existsSync)!)

export const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

export const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? largest(Array.from(a, (x, i) => x - b[i])) : Number.POSITIVE_INFINITY
