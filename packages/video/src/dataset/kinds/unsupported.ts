import { posix } from "node:path"
import { TubeletError } from "@tubelet/core"
import { columnsIn } from "../header.js"
import { defineKind } from "../kind.js"
import type { Place } from "../place.js"
import { textsWhere } from "../texts-where.js"

/** Data sets with several labels for each clip, or boxes: Charades, HVU and AVA. */
export const unsupported = defineKind({
  name: "unsupported",
  markers: "files of Charades, HVU or AVA",

  detects: (place) => textsWhere(place, isTheirs),

  read({ folder }, { files: [file] }) {
    throw new TubeletError(
      `${folder}/${file}: has several labels for each clip`,
      "multi-label data sets are not supported: write a CSV file with the header path,label " +
        "and one label for each clip",
    )
  },
})

async function isTheirs(place: Place, file: string): Promise<boolean> {
  if (!/\.csv$/i.test(file)) return false
  if (/^ava_(train|val)_v/.test(posix.basename(file))) return true
  const columns = await columnsIn(place.at(file))
  const has = (...names: string[]) => names.every((name) => columns.includes(name))
  return has("id", "actions") || has("tags", "youtube_id")
}
