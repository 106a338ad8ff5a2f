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

/** A picture with frames of one readable clip of each class; of some clips without classes. */
export function classSheet(
  classes: readonly string[],
  checked: readonly CheckedClip[],
  frames: number,
): Picture {
  const readable = checked.filter(({ facts }) => facts !== undefined)
  const none = new Uint8Array(frames * 3 * pictureSize ** 2).fill(255)
  const panels = classes.map((name, label): Panel => {
    const found = readable.find(({ item }) => item.label === label)
    const caption = `${label} ${name}${found ? "" : ": none readable"}`
    return { caption, clip: found?.clip ?? none }
  })
  const others = readable.slice(0, mostWithoutClasses)
  const unlabelled = others.map(({ item, clip }) => ({ caption: basename(item.path), clip }))
  return strips(panels.length > 0 ? panels : unlabelled)
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
