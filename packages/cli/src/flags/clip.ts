import { number, whole } from "../shell/flag.js"

const frames = (otherwise: string) => whole(`frames per clip (${otherwise})`)
const size = (otherwise: string) => whole(`width and height in pixels (${otherwise})`)

/** How clips are sampled. */
export const clipFlags = {
  frames: frames("16"),
  stride: whole("sample every Nth frame of a video (the run's, or 4)"),
  size: size("224"),
}

/** The size of clips for a model, which has its own. */
export const modelClipFlags = { frames: frames("the model's"), size: size("the model's") }

export const start = number("start of the clip in seconds (0)", { min: 0 })
