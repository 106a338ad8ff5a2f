import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { ClipItem } from "./item.js"

const LONGEST_LINE = 8192

/**
 * Reads a list, one clip a line, in the originals' formats; labels are not needed here:
 *
 * - `PATH` or `PATH LABEL` (VideoMAE),
 * - `PATH 0 -1` for a video and `FOLDER START COUNT` for frames (VideoMAE V2 pre-training).
 *
 * Paths may hold spaces and are relative to the list. Empty lines and `#` comments are passed over.
 */
export async function readList(path: string): Promise<ClipItem[]> {
  const lines = (await readFile(path, "utf8")).split(/\r?\n/)
  return lines.flatMap((line, i) => {
    if (line.length > LONGEST_LINE) {
      throw new TubeletError(
        `${path}: line ${i + 1} has ${line.length} characters`,
        "Expected one clip a line: PATH, PATH LABEL, or FOLDER START COUNT.",
      )
    }
    return line.trim() === "" || line.startsWith("#") ? [] : [parseLine(line.trim(), dirname(path))]
  })
}

function parseLine(line: string, folder: string): ClipItem {
  const [, name, first, second] = /^(.*?)(?:[ \t,](-?\d+))?(?:[ \t,](-?\d+))?$/.exec(line)!
  const path = resolve(folder, name)
  const count = Number(second ?? -1)
  return count > 0 ? { path, frames: { start: Number(first), count } } : { path }
}
