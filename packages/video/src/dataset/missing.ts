import { stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "../item.js"

export interface CheckOptions {
  /** Called with the number of clips checked so far. */
  readonly onCheck?: (checked: number, total: number) => void
}

export interface MissingOptions extends CheckOptions {
  /** Continue even if more than half of the clips are missing. Default: false. */
  readonly allowMissing?: boolean
  /** Called with one line if clips are missing. */
  readonly onNotice?: (message: string) => void
}

/** Files checked concurrently: a network file system answers many as quickly as one. */
const atOnce = 64
/** Clips between two progress reports. */
const perReport = 1024

/**
 * Marks the clips whose files are missing. They keep their indices, so restoring the files does not
 * change a resumed run.
 */
export async function markMissing(
  items: readonly ClipItem[],
  { onCheck }: CheckOptions = {},
): Promise<ClipItem[]> {
  const marked: ClipItem[] = new Array(items.length)
  let next = 0
  let checked = 0
  const look = async () => {
    while (next < items.length) {
      const i = next++
      marked[i] = (await isMissing(fileOf(items[i]))) ? { ...items[i], missing: true } : items[i]
      if (++checked % perReport === 0 || checked === items.length) onCheck?.(checked, items.length)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, look))
  return marked
}

/**
 * Reports missing clips.
 *
 * @throws TubeletError if more than half are missing: `MOST_CLIPS_MISSING`, unless all are.
 */
export function reportMissing(
  items: readonly ClipItem[],
  source: string,
  { allowMissing = false, onNotice }: MissingOptions = {},
): void {
  const missing = items.filter((item) => item.missing)
  if (missing.length === 0) return
  const [{ path }] = missing
  const why = isUndecodable(path) ? ` (${undecodableName})` : ""
  const words = `${share(missing.length, items.length)} missing, such as ${path}${why}`
  if (missing.length === items.length || (isMost(missing.length, items.length) && !allowMissing)) {
    const someAreThere = missing.length < items.length
    const code = isUndecodable(path) || !someAreThere ? {} : { code: "MOST_CLIPS_MISSING" }
    throw new TubeletError(`${source}: ${words}`, adviceOn(path, someAreThere), code)
  }
  onNotice?.(`${source}: ${words}`)
}

function adviceOn(path: string, someAreThere: boolean): string {
  if (isUndecodable(path)) return notFound(path).advice!
  const others = someAreThere ? "; `allowMissing: true` continues with the others" : ""
  return `check the paths: in a list, they are relative to the list's folder${others}`
}

/** The file that holds a clip's bytes. */
const fileOf = ({ path, packed, cached }: ClipItem) => cached?.shard ?? packed?.archive ?? path

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path)
    return false
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException
    return ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(code)
  }
}

/** `1,203 of 1,500 clips are` */
function share(some: number, all: number): string {
  const [count, total] = [some, all].map((n) => n.toLocaleString("en"))
  return `${count} of ${total} clips ${some === 1 ? "is" : "are"}`
}

/** Whether this is more than half: then the data set is at fault, not single clips. */
export const isMost = (some: number, all: number): boolean => 2 * some > all
