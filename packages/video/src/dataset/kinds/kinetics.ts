import { columnsIn } from "../header.js"
import { defineKind, type ListedClip } from "../kind.js"
import { classesBeside, listsOf, type NamedList } from "../lists.js"
import type { Place } from "../place.js"
import { splitOf } from "../splits.js"
import { textsWhere } from "../texts-where.js"
import { wrongLine } from "../wrong-line.js"

/** Kinetics-400, 600 and 700: CSV files with a row for each clip of a YouTube video. */
export const kinetics = defineKind({
  name: "kinetics",
  markers: "train.csv with the columns label, youtube_id, time_start, time_end and split",

  detects: (place) => textsWhere(place, isTheirs),

  async read(place, { files }) {
    const read = (list: NamedList) => clipsIn(place, list)
    const clips = await Promise.all(listsOf(place, files).map(read))
    const classes = await classesBeside(place, files, read)
    return { clips: clips.flat(), ...(classes && { classes }) }
  },
})

async function clipsIn(place: Place, { file, split: named }: NamedList): Promise<ListedClip[]> {
  const find = await place.clips()
  return (await place.rows(file)).map((row) => {
    const { label = "", youtube_id: id, time_start: start, time_end: end } = row
    const [from, to] = [start, end].map(Number)
    if (!(id && start && to > from)) {
      throw wrongLine(place.at(file), Object.values(row).join(), "is not a clip of a video")
    }
    const split = row.split ? splitOf(row.split) : named
    return {
      path: find(`${id}_${sixDigits(from)}_${sixDigits(to)}.mp4`),
      ...(label !== "" && { label }),
      ...(split !== undefined && { split }),
    }
  })
}

async function isTheirs(place: Place, file: string): Promise<boolean> {
  if (!/\.csv$/i.test(file)) return false
  const columns = await columnsIn(place.at(file))
  return columns.includes("youtube_id") && columns.includes("time_start")
}

const sixDigits = (seconds: number) => String(Math.trunc(seconds)).padStart(6, "0")
