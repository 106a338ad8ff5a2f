import { stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "./item.js"

export interface MissingOptions {
  /** Whether more than half of the clips may be missing. */
  readonly allowMissing?: boolean
  /** Told in one line how many are. */
  readonly onNotice?: (message: string) => void
  /** Told how many clips were looked for. */
  readonly onCheck?: (checked: number, total: number) => void
}

/** Files asked for at once: a file system on a network answers many as quickly as one. */
const atOnce = 64
/** Clips from one word about progress to the next. */
const perReport = 1024

/**
 * Marks the clips whose file is not there. They keep their places, so that a run that is resumed
 * when they are back is the same run.
 *
 * @throws TubeletError where more than half are missing.
 */
export async function markMissing(
  items: readonly ClipItem[],
  source: string,
  { allowMissing = false, onNotice, onCheck }: MissingOptions,
): Promise<ClipItem[]> {
  const marked: ClipItem[] = new Array(items.length)
  let next = 0
  let checked = 0
  const look = async () => {
    while (next < items.length) {
      const i = next++
      marked[i] = (await isMissing(items[i].path)) ? { ...items[i], missing: true } : items[i]
      if (++checked % perReport === 0 || checked === items.length) onCheck?.(checked, items.length)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, look))
  const missing = marked.filter((item) => item.missing)
  if (missing.length === 0) return marked
  const [{ path }] = missing
  const why = isUndecodable(path) ? ` (${undecodableName})` : ""
  const words = `${share(missing.length, items.length)} missing, such as ${path}${why}`
  if (missing.length === items.length || (isMost(missing.length, items.length) && !allowMissing)) {
    throw new TubeletError(`${source}: ${words}`, adviceOn(path, missing.length < items.length))
  }
  onNotice?.(`${source}: ${words}`)
  return marked
}

function adviceOn(path: string, someAreThere: boolean): string {
  if (isUndecodable(path)) return notFound(path).advice!
  const others = someAreThere ? ", or set the option allowMissing to go on with the others." : "."
  return `Check the paths: in a list, relative ones begin at the list's folder${others}`
}

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
export function share(some: number, all: number): string {
  const [count, total] = [some, all].map((n) => n.toLocaleString("en"))
  return `${count} of ${total} clips ${some === 1 ? "is" : "are"}`
}

/** Whether it is more than half: then more is wrong than some clips. */
export const isMost = (some: number, all: number): boolean => 2 * some > all
