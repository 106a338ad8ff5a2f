import { readdir, realpath } from "node:fs/promises"
import { dirname, join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { exists, isOwnRecord } from "@tubelet/core/files"

interface Written {
  readonly folder: string
  /** Names of the files that a command is about to write there. */
  readonly names: readonly string[]
  /** The JSON file that it writes beside them, and a field that only it has. */
  readonly record: string
  readonly field: string
}

/** Throws if files of these names exist that the command did not write. */
export async function requireOwnFiles({ folder, names, record, field }: Written): Promise<void> {
  if (await isOwnRecord(join(folder, record), [field])) return
  for (const name of [...names, record]) {
    const path = join(folder, name)
    if (!(await exists(path))) continue
    throw new TubeletError(`${path} already exists`, "choose another folder with --out")
  }
}

/** Throws if `out` is the checkpoint to read, its folder, or that of a run. */
export async function requireApart(input: string, out: string): Promise<void> {
  const place = await realpath(out).catch(() => undefined)
  if (place === undefined) return
  const read = await realpath(input).catch(() => input)
  const names: readonly string[] = await readdir(place).catch(() => [])
  const isRun = names.includes("metrics.jsonl") || names.includes("state.json")
  if (place !== read && place !== dirname(read) && !isRun) return
  throw new TubeletError(
    `${out} ${isRun ? "belongs to a run" : "is the input"}: it would be overwritten`,
    "choose another path with --out",
  )
}
