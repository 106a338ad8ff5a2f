import { readFile } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { parseJson } from "@tubelet/core/text"

/** The rows of a stored head in a file of `--head-map`: a JSON list of numbers. */
export async function readHeadMap(path: string | undefined): Promise<number[] | undefined> {
  if (path === undefined) return undefined
  const list = parseJson(await readFile(path), path)
  if (Array.isArray(list) && list.every((row) => typeof row === "number")) return list
  throw new TubeletError(
    `${path} is not a list of numbers`,
    "write it as JSON: [0, 3, 5] takes three classes of the head in --init",
  )
}
