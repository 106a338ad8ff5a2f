import type { Size } from "../geometry.js"
import { blank, frameOf, type Picture, paste } from "./canvas.js"
import { drawText, textHeight } from "./text.js"

const gap = 4
const captionHeight = textHeight + 2 * gap

/** A captioned clip, one panel of a comparison. */
export interface Panel {
  readonly caption: string
  /** u8 RGB, [frames, height, width, 3]. */
  readonly clip: Uint8Array
}

/** A clip and the size of its frames. */
export interface Film extends Size {
  /** u8 RGB, [frames, height, width, 3]. */
  readonly clip: Uint8Array
}

const frameCount = (clip: Uint8Array, { width, height }: Size) => clip.length / (3 * width * height)

/** Clips side by side in one film, each under its caption. All have the same frames and size. */
export function sideBySide(panels: readonly Panel[], size: Size): Film {
  const width = panels.length * (size.width + gap) + gap
  const height = size.height + captionHeight + gap
  const frames = frameCount(panels[0].clip, size)
  const clip = new Uint8Array(frames * 3 * width * height)
  for (let i = 0; i < frames; i++) {
    const film = frameOf(clip.fill(255, i * 3 * width * height), { width, height }, i)
    for (const [place, panel] of panels.entries()) {
      const x = gap + place * (size.width + gap)
      drawText(film, panel.caption, x, gap)
      paste(film, frameOf(panel.clip, size, i), x, captionHeight)
    }
  }
  return { clip, width, height }
}

/** Clips in one picture, one row of every `every`-th frame per clip. */
export function filmStrips(panels: readonly Panel[], size: Size, every = 1): Picture {
  const columns = Math.ceil(frameCount(panels[0].clip, size) / every)
  const row = size.height + captionHeight
  const strips = blank({
    width: columns * (size.width + gap) + gap,
    height: panels.length * row + gap,
  })
  for (const [place, { caption, clip }] of panels.entries()) {
    drawText(strips, caption, gap, place * row + gap)
    for (let column = 0; column < columns; column++) {
      const x = gap + column * (size.width + gap)
      paste(strips, frameOf(clip, size, column * every), x, place * row + captionHeight)
    }
  }
  return strips
}

export interface ContactSheetOptions {
  /** Default: about as many columns as rows. */
  readonly columns?: number
  /** One per frame, such as its time. */
  readonly captions?: readonly string[]
}

/** All frames of a clip in a grid on one picture. */
export function contactSheet(
  clip: Uint8Array,
  size: Size,
  { columns, captions = [] }: ContactSheetOptions = {},
): Picture {
  const count = frameCount(clip, size)
  const across = columns ?? Math.ceil(Math.sqrt(count))
  const cell = { width: size.width + gap, height: size.height + captionHeight }
  const sheet = blank({
    width: across * cell.width + gap,
    height: Math.ceil(count / across) * cell.height + gap,
  })
  for (let i = 0; i < count; i++) {
    const x = gap + (i % across) * cell.width
    const y = Math.floor(i / across) * cell.height
    drawText(sheet, captions[i] ?? "", x, y + gap)
    paste(sheet, frameOf(clip, size, i), x, y + captionHeight)
  }
  return sheet
}
