import { type Area, eachFrame } from "./area.js"
import { levelTable, lookUp } from "./look-up.js"

// Pillow's ops that look at a frame's histogram first; in place, on RGB bytes.

/** Stretches each colour to the full range. */
export const autoContrast = (data: Uint8Array, area: Area): void => perColour(data, area, stretched)

/** Spreads the levels of each colour evenly. */
export const equalize = (data: Uint8Array, area: Area): void => perColour(data, area, equalized)

function perColour(data: Uint8Array, area: Area, table: (counts: Int32Array) => Uint8Array): void {
  const tables = new Uint8Array(768)
  eachFrame(data, area.size, (frame) => {
    const counts = histogram(frame)
    for (let c = 0; c < 768; c += 256) tables.set(table(counts.subarray(c, c + 256)), c)
    lookUp(frame, area, tables)
  })
}

/** Pixels of each level of each colour, [3, 256]. */
function histogram(frame: Uint8Array): Int32Array {
  const counts = new Int32Array(768)
  for (let i = 0; i < frame.length; i += 3) {
    counts[frame[i]]++
    counts[256 + frame[i + 1]]++
    counts[512 + frame[i + 2]]++
  }
  return counts
}

const isUsed = (count: number) => count > 0

const lastUsed = (counts: Int32Array) => 255 - Int32Array.from(counts).reverse().findIndex(isUsed)

const unchanged = levelTable((value) => value)

function stretched(counts: Int32Array): Uint8Array {
  const [low, high] = [counts.findIndex(isUsed), lastUsed(counts)]
  if (high <= low) return unchanged
  const scale = 255 / (high - low)
  const offset = -low * scale
  return levelTable((value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset))))
}

function equalized(counts: Int32Array): Uint8Array {
  const pixels = counts.reduce((a, b) => a + b)
  const last = counts[lastUsed(counts)]
  const step = Math.floor((pixels - last) / 255)
  if (step === 0) return unchanged
  let below = step >> 1
  return levelTable((value) => {
    const level = Math.min(255, Math.floor(below / step))
    below += counts[value]
    return level
  })
}
