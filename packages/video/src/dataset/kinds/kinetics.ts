import { columnsIn } from "../header.js"
import { defineKind, type ListedClip } from "../kind.js"
import { listsOf } from "../lists.js"
import type { Place } from "../place.js"
import { splitOf } from "../splits.js"
import { wrongLine } from "../wrong-line.js"

/** Kinetics-400, 600 and 700: CSV files with a row for each clip of a YouTube video. */
export const kinetics = defineKind({
  name: "kinetics",
  markers: "train.csv with the columns label, youtube_id, time_start, time_end and split",

  async detects(place) {
    const found = await Promise.all(place.files.map((file) => isTheirs(place, file)))
    return place.files.filter((_, i) => found[i])
  },

  async read(place, { files }) {
    const lists = listsOf(place, files)
    const find = await place.clips()
    const clips: ListedClip[] = []
    for (const { file, split: named } of lists) {
      for (const row of await place.rows(file)) {
        const { label = "", youtube_id: id, time_start: start, time_end: end } = row
        const [from, to] = [start, end].map(Number)
        if (!(id && start && to > from)) {
          throw wrongLine(place, file, Object.values(row).join(), "is not a clip of a video")
        }
        const name = `${id}_${sixDigits(from)}_${sixDigits(to)}.mp4`
        const split = row.split ? splitOf(row.split) : named
        clips.push({
          path: find(name),
          ...(label !== "" && { label }),
          ...(split !== undefined && { split }),
        })
      }
    }
    return { clips }
  },
})

async function isTheirs(place: Place, file: string): Promise<boolean> {
  if (!/\.csv$/i.test(file)) return false
  const columns = await columnsIn(place, file)
  return columns.includes("youtube_id") && columns.includes("time_start")
}

const sixDigits = (seconds: number) => String(Math.trunc(seconds)).padStart(6, "0")
