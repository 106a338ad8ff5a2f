import { join } from "node:path"
import type { TimeRange } from "../../item.js"
import { columnsIn, delimiterOf, firstLines } from "../header.js"
import { defineKind, type ListedClip } from "../kind.js"
import { listsOf, pathsIn } from "../lists.js"
import { requireOneLabel } from "../one-label.js"
import type { Place } from "../place.js"
import { splitOf } from "../splits.js"
import type { Row } from "../text-files.js"
import { wrongLine } from "../wrong-line.js"

/** A table of clips with a header: `path,label`, and perhaps `split`, `start` and `end`. */
export const csv = defineKind({
  name: "csv",
  markers: "a CSV file with the header path,label or path,label,split,start,end",

  async detects(place) {
    const found = await Promise.all(place.files.map((file) => isTable(place, file)))
    return place.files.filter((_, i) => found[i])
  },

  async read(place, { files }) {
    const clips: ListedClip[] = []
    for (const { file, split: named } of listsOf(place, files)) {
      const [header] = await firstLines(join(place.folder, file), 1)
      const resolved = await pathsIn(place, file)
      const rows = await place.rows(file, delimiterOf(header))
      for (const row of rows) {
        const { path, label = "", split = "" } = row
        if (path === "") {
          throw wrongLine(place, file, Object.values(row).join(), "has no path", "fill it in")
        }
        clips.push({
          path: resolved(path),
          ...(label !== "" && { label: isWhole(label) ? Number(label) : label }),
          ...((split !== "" || named) && { split: split === "" ? named : splitOf(split) }),
          ...secondsIn(place, file, row),
        })
      }
    }
    requireOneLabel(clips, place.folder)
    return { clips }
  },
})

const others = ["label", "split", "start", "end"]

async function isTable(place: Place, file: string): Promise<boolean> {
  if (!/\.(csv|tsv|txt)$/i.test(file)) return false
  const columns = await columnsIn(place, file)
  return columns.includes("path") && others.some((name) => columns.includes(name))
}

/** As pandas writes whole numbers, too: `3.0`. */
const isWhole = (label: string) => /^-?\d+(\.0+)?$/.test(label)

/** The part of the video between `start` and `end`; an empty cell is the video's own. */
function secondsIn(
  place: Place,
  file: string,
  { path, start = "", end = "" }: Row,
): { readonly seconds?: TimeRange } {
  if (start === "" && end === "") return {}
  const [from, to] = [Number(start), end === "" ? Number.POSITIVE_INFINITY : Number(end)]
  if (!(from >= 0 && to > from)) {
    throw wrongLine(
      place,
      file,
      `${path}: ${start} to ${end}`,
      "is no part of a video",
      "start and end are seconds from the first frame, such as 12.5 and 14",
    )
  }
  return { seconds: { ...(start !== "" && { start: from }), ...(end !== "" && { end: to }) } }
}
