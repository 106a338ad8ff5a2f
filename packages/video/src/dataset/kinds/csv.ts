import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { TimeRange } from "../../item.js"
import { readClassNames } from "../class-names.js"
import { columnsIn } from "../header.js"
import { defineKind, type ListedClip } from "../kind.js"
import { frameColumns, labelsFile } from "../list-names.js"
import { classesBeside, listsOf, located, type NamedList, pathsIn } from "../lists.js"
import { requireOneLabel } from "../one-label.js"
import type { Place } from "../place.js"
import { splitOf } from "../splits.js"
import { packedIn } from "../tar-index.js"
import type { Row } from "../text-files.js"
import { textsWhere } from "../texts-where.js"
import { wrongLine } from "../wrong-line.js"

/**
 * A table of clips with a header: `path,label`, and perhaps `split`, `start` and `end`, or
 * `first_frame` and `frame_count` for folders of frames. Clips in archives have paths such as
 * `a.tar/1.mp4`.
 */
export const csv = defineKind({
  name: "csv",
  markers: "a CSV file with the header path,label or path,label,split,start,end",

  detects: (place) => textsWhere(place, isTable),

  async read(place, { files }) {
    const read = (list: NamedList) => clipsIn(place, list)
    const clips = (await Promise.all(listsOf(place, files).map(read))).flat()
    requireOneLabel(clips, place.folder)
    const classes =
      (await classesBeside(place, files, read)) ?? (await namesBeside(place, files, clips))
    return { clips: await located(place, clips), ...(classes && { classes }) }
  },
})

/** The names that the columns have, the likeliest first. */
const names = {
  path: "path file filename file_name filepath file_path video video_path".split(" "),
  label: "label class class_name category target".split(" "),
  others: "split start end".split(" "),
}
/** Columns of lists that have numbers of frames, which are of another kind. */
const counts = "total_frames num_frames frames count start_frame".split(" ")

async function isTable(place: Place, file: string): Promise<boolean> {
  if (!/\.(csv|tsv|txt)$/i.test(file)) return false
  const columns = await columnsIn(place.at(file))
  const has = (some: readonly string[]) => some.some((name) => columns.includes(name))
  return has(names.path) && has([...names.label, ...names.others]) && !has(counts)
}

async function clipsIn(place: Place, { file, split: named }: NamedList): Promise<ListedClip[]> {
  const resolved = pathsIn(place, file)
  const rows = await place.rows(file)
  const clips = rows.map((row): ListedClip => {
    const path = cellOf(row, names.path)
    const label = cellOf(row, names.label)
    const split = row.split ? splitOf(row.split) : named
    if (path === "") {
      throw wrongLine(place.at(file), Object.values(row).join(), "has no path", "fill it in")
    }
    return {
      path: resolved(path),
      columns: row,
      ...(label !== "" && { label: isWhole(label) ? Number(label) : label }),
      ...(split !== undefined && { split }),
      ...secondsIn(place, file, row),
      ...framesIn(place, file, row),
    }
  })
  return packedIn(clips)
}

/** The names of classes that are numbers, if `labels.txt` is beside the list. */
async function namesBeside(
  place: Place,
  files: readonly string[],
  clips: readonly ListedClip[],
): Promise<readonly string[] | undefined> {
  const [{ file }] = listsOf(place, files)
  const names = place.at(join(dirname(file), labelsFile))
  const isNumbered = clips.some(({ label }) => typeof label === "number")
  return isNumbered && existsSync(names) ? readClassNames(names) : undefined
}

/** The value of the first of several columns that a table has. */
const cellOf = (row: Row, columns: readonly string[]): string =>
  row[columns.find((name) => name in row) ?? ""] ?? ""

/** As pandas writes whole numbers, too: `3.0`. */
const isWhole = (label: string) => /^-?\d+(\.0+)?$/.test(label)

/** The part of the video between `start` and `end`; an empty cell is the video's own. */
function secondsIn(
  place: Place,
  file: string,
  { start = "", end = "" }: Row,
): { readonly seconds?: TimeRange } {
  if (start === "" && end === "") return {}
  const [from, to] = [Number(start), end === "" ? Number.POSITIVE_INFINITY : Number(end)]
  if (!(from >= 0 && to > from)) {
    throw wrongLine(
      place.at(file),
      `${start},${end}`,
      "is not a valid part of a video",
      "start and end are seconds from the first frame, such as 12.5 and 14",
    )
  }
  return { seconds: { ...(start !== "" && { start: from }), ...(end !== "" && { end: to }) } }
}

/** The frames of the folder that form the video, if the row says so. */
function framesIn(place: Place, file: string, row: Row): Pick<ListedClip, "frames"> {
  const [first = "", count = ""] = frameColumns.map((name) => row[name])
  if (first === "" && count === "") return {}
  if (/^\d*$/.test(first) && /^[1-9]\d*$/.test(count)) {
    return { frames: { ...(first !== "" && { start: Number(first) }), count: Number(count) } }
  }
  throw wrongLine(
    place.at(file),
    `${first},${count}`,
    "names no frames",
    "first_frame is the number in the first frame's name, frame_count how many frames there are",
  )
}
