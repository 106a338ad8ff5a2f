import type { ClipItem } from "../../item.js"
import { defineKind } from "../kind.js"
import { isListName, readPart } from "../list-file.js"
import { located, pathsIn } from "../lists.js"
import { requireFromZero } from "../official-lists.js"
import { requireOneFileEach } from "../one-file-each.js"
import { requireOneLabel } from "../one-label.js"
import { foldInName, splitInName } from "../splits.js"

/** Lists of VideoMAE, VideoMAE V2 and mmaction2: a clip, and perhaps its label, in each line. */
export const list = defineKind({
  name: "list",
  markers: "train.csv, val.csv or test.csv with lines such as clips/a.mp4 0",

  detects: ({ files, only }) =>
    only
      ? files.filter((file) => file === only && isListName(file))
      : files.filter((file) => isListName(file) && splitInName(file)),

  async read(place, { files, fold }) {
    const all = files.map((file) => ({ file, split: splitInName(file), fold: foldInName(file) }))
    const lists = fold === undefined ? all : all.filter((one) => one.fold === fold)
    requireOneFileEach(place, lists, ({ split }) => split)
    const clips: ClipItem[] = []
    for (const { file, split } of lists) {
      const items = await readPart(place.at(file), pathsIn(place, file))
      for (const item of items) clips.push({ ...item, ...(split !== undefined && { split }) })
    }
    requireFromZero(clips, place.folder)
    requireOneLabel(clips, place.folder)
    return { clips: await located(place, clips), ...(fold !== undefined && { fold }) }
  },
})
