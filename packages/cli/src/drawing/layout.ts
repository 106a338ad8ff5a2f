import { wrapped } from "../shell/wrapped.js"
import { type Box, type Edge, formatBytes } from "./boxes.js"

export interface Placed {
  readonly box: Box
  /** Its number in execution order, from 1. */
  readonly number: number
  /** Inputs drawn as lines: those from boxes close above. */
  readonly near: readonly Edge[]
  /** The centre. */
  readonly x: number
  readonly y: number
  readonly lines: readonly Line[]
  readonly height: number
}

/** A line in a box. */
export interface Line {
  readonly text: string
  /** The full text, if `text` is cut. */
  readonly whole?: string
}

export const size = {
  width: 250,
  line: 14,
  padding: 8,
  gapX: 30,
  gapY: 46,
  margin: 24,
  letters: 36,
}

/** Longer lines would run behind boxes: a number in the box replaces them. */
const longest = 1

/**
 * Puts each box one layer below the lowest that it reads from, and within the layer close to those:
 * a layered drawing (Sugiyama et al. 1981) that ignores edges over many layers.
 */
export function layout(boxes: readonly Box[]): Placed[] {
  const layers: number[] = []
  for (const { edges } of boxes) layers.push(1 + Math.max(-1, ...edges.map((e) => layers[e.from])))
  const rows = Array.from({ length: 1 + Math.max(-1, ...layers) }, (_, layer) =>
    boxes.flatMap((_, i) => (layers[i] === layer ? [i] : [])),
  )
  const centre = new Map<number, number>()
  const placed: Placed[] = []
  let y = size.margin
  for (const [layer, row] of rows.entries()) {
    const wanted = new Map(row.map((i) => [i, middle(boxes[i], centre)]))
    const sorted = [...row].sort((a, b) => wanted.get(a)! - wanted.get(b)! || a - b)
    const step = size.width + size.gapX
    const mean = row.reduce((sum, i) => sum + wanted.get(i)!, 0) / row.length
    const start = Math.round(mean - ((row.length - 1) * step) / 2)
    let tallest = 0
    for (const [n, i] of sorted.entries()) {
      const isNear = (e: Edge) => layer - layers[e.from] <= longest
      const near = boxes[i].edges.filter(isNear)
      const far = boxes[i].edges.filter((e) => !isNear(e))
      const lines = linesOf(boxes[i], i + 1, far)
      const height = lines.length * size.line + 2 * size.padding
      tallest = Math.max(tallest, height)
      centre.set(i, start + n * step)
      placed[i] = { box: boxes[i], number: i + 1, near, x: start + n * step, y, lines, height }
    }
    y += tallest + size.gapY
  }
  return placed
}

/** The mean centre of the boxes that a box reads from. */
function middle({ edges }: Box, centre: ReadonlyMap<number, number>): number {
  const above = edges.map((e) => centre.get(e.from)!)
  return above.length === 0 ? 0 : above.reduce((a, b) => a + b) / above.length
}

function linesOf({ title, ops, given, gives }: Box, number: number, far: readonly Edge[]): Line[] {
  return [
    clipped(`${number}  ${title}`),
    ...(ops ? onTwoLines(ops) : []),
    ...(far.length > 0 ? [farWords(far)] : []),
    ...listed("▸", given, 4),
    ...listed("◂", gives, 3),
  ]
}

/** The first `most` names, and the number of the others. */
function listed(mark: string, names: readonly string[], most: number): Line[] {
  const others = names.slice(most)
  const more = { text: `${mark} and ${others.length} more`, whole: others.join("\n") }
  const shown = names.slice(0, most).map((name) => clipped(`${mark} ${name}`))
  return others.length > 0 ? [...shown, more] : shown
}

/** `from 3, 17: 1.2 MiB` */
function farWords(far: readonly Edge[]): Line {
  const bytes = formatBytes(far.reduce((sum, e) => sum + e.bytes, 0))
  const numbers = far.map((e) => e.from + 1)
  const whole = `from ${numbers.join(", ")}: ${bytes}`
  if (numbers.length <= 4) return { text: whole }
  return { text: `from ${numbers.slice(0, 4).join(", ")}, …: ${bytes}`, whole }
}

/** Length of the prefix that shows what a name belongs to: `▸ second/encoder.` */
const beginning = 17

/** Cuts the middle of long names: they may start alike or end alike, but not both. */
function clipped(text: string): Line {
  if (text.length <= size.letters) return { text }
  const end = text.slice(text.length - (size.letters - beginning - 1))
  return { text: `${text.slice(0, beginning)}…${end}`, whole: text }
}

/** Ops on at most two lines. */
function onTwoLines(ops: string): Line[] {
  const lines = wrapped(ops, size.letters, ", ")
  const [first, second] = lines
  if (lines.length <= 2) return lines.map((text) => ({ text }))
  return [{ text: first }, { text: `${second.slice(0, size.letters - 2)} …`, whole: ops }]
}
