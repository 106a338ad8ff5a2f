import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A file that scripts/make-pth.py made with PyTorch. */
export const data = (name: string): string =>
  fileURLToPath(new URL(`data/${name}`, import.meta.url))

export interface Expected {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** What PyTorch put into each file. */
export const expected: Readonly<Record<string, Readonly<Record<string, Expected>>>> = JSON.parse(
  readFileSync(data("expected.json"), "utf8"),
)
