import { basename } from "node:path"
import {
  blank,
  type CheckedClip,
  filmStrips,
  type Panel,
  type Picture,
  paste,
} from "@tubelet/video"

/** Side of the sheet's pictures in pixels. */
export const pictureSize = 96
const square = { width: pictureSize, height: pictureSize }
const mostWithoutClasses = 20

/** Collects a readable clip of each class, or a few clips without classes, for a contact sheet. */
export function sheetPictures(classes: readonly string[]) {
  const taken = new Map<number | string, CheckedClip>()
  return {
    take(one: CheckedClip): void {
      const { label, path } = one.item
      const isFull = classes.length === 0 && taken.size === mostWithoutClasses
      const key = label ?? path
      if (one.facts && !taken.has(key) && !isFull) taken.set(key, one)
    },
    sheet(frames: number): Picture {
      const none = new Uint8Array(frames * 3 * pictureSize ** 2).fill(255)
      const ofClasses = classes.map((name, label) => {
        const clip = taken.get(label)?.clip
        return { caption: `${label} ${name}${clip ? "" : ": none readable"}`, clip: clip ?? none }
      })
      const others = Array.from(taken.values(), ({ item, clip }) => ({
        ...{ caption: basename(item.path), clip },
      }))
      return strips(ofClasses.length > 0 ? ofClasses : others)
    },
  }
}

/** Film strips in columns, about as wide as high in all. */
function strips(panels: readonly Panel[]): Picture {
  if (panels.length === 0) return blank(square)
  const { width, height } = filmStrips(panels.slice(0, 1), square)
  const columns = Math.ceil(Math.sqrt((panels.length * height) / width))
  const rows = Math.ceil(panels.length / columns)
  const parts = Array.from({ length: Math.ceil(panels.length / rows) }, (_, i) =>
    filmStrips(panels.slice(i * rows, (i + 1) * rows), square),
  )
  const sheet = blank({ width: parts.length * width, height: parts[0].height })
  for (const [i, part] of parts.entries()) paste(sheet, part, i * width, 0)
  return sheet
}
