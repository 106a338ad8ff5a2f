import type { Graph } from "@tubelet/core"
import type { Schedule } from "@tubelet/core/schedule"
import { type Box, boxesOf, formatBytes } from "./boxes.js"
import { escaped } from "./escaped.js"
import { type Line, layout, type Placed, size } from "./layout.js"

const colours: Record<Box["kind"], readonly [fill: string, name: string]> = {
  matmul: ["#cfe3ff", "matrix product"],
  own: ["#e6d6fb", "hand-written kernel"],
  rows: ["#d5f0d9", "reduces rows"],
  columns: ["#fdeac2", "reduces columns"],
  map: ["#ececec", "map"],
  update: ["#fbd5d5", "updates state"],
}

/**
 * A drawing of a scheduled graph: a box per kernel, in order from top to bottom, and a line per
 * tensor between them. Deterministic.
 */
export function drawGraph(graph: Graph, schedule: Schedule, caption: readonly string[]): string {
  const placed = layout(boxesOf(graph, schedule))
  const left = Math.min(0, ...placed.map((p) => p.x)) - size.width / 2 - size.margin
  const right = Math.max(0, ...placed.map((p) => p.x)) + size.width / 2 + size.margin
  const kinds = (Object.keys(colours) as Box["kind"][]).filter((kind) =>
    placed.some((p) => p.box.kind === kind),
  )
  const head = 22 * (caption.length + 1) + size.margin
  const width = Math.max(right - left, kinds.length * 150 + 2 * size.margin, 640)
  const height = head + Math.max(0, ...placed.map((p) => p.y + p.height)) + size.margin
  const box = `width="${width}" height="${height}"`
  const titles = caption.map((text, i) => textAt(size.margin, 26 + 22 * i, text, i ? "" : "head"))
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(caption[0] ?? "")}</title>`,
    `<style>${style}</style>`,
    `<rect ${box} fill="#fff"/>`,
    ...titles,
    ...kinds.map((kind, i) => legend(kind, size.margin + 150 * i, 14 + 22 * caption.length)),
    `<g transform="translate(${(width - (left + right)) / 2} ${head})">`,
    ...placed.flatMap((p) => linesInto(p, placed)),
    ...placed.map(drawBox),
    "</g>",
    "</svg>",
  ].join("\n")}\n`
}

const style = [
  "text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#222}",
  ".head{font-size:14px;font-weight:700}.title{font-weight:700}",
  ".size{fill:#555;font-size:10px}path{fill:none;stroke:#888}",
].join("")

function legend(kind: Box["kind"], x: number, y: number): string {
  const [fill, name] = colours[kind]
  const side = 'width="12" height="12" rx="2" stroke="#555"'
  return `<rect x="${x}" y="${y}" ${side} fill="${fill}"/>${textAt(x + 18, y + 10, name)}`
}

function drawBox({ box, x, y, lines, height }: Placed): string {
  const left = x - size.width / 2
  const text = lines.map((line, i) =>
    lineAt(left + size.padding, y + size.padding + 10 + size.line * i, line, i ? "" : "title"),
  )
  const state = box.kind === "update" ? ' stroke-width="2"' : ""
  const frame =
    `<rect x="${left}" y="${y}" width="${size.width}" height="${height}" rx="5" ` +
    `fill="${colours[box.kind][0]}" stroke="#555"${state}/>`
  return [frame, ...text].join("")
}

/** The inputs of a box. */
const linesInto = (to: Placed, placed: readonly Placed[]): string[] =>
  to.near.map(({ from, bytes, shape }, i) => {
    const above = placed[from]
    const [x1, y1] = [above.x, above.y + above.height]
    const x2 = to.x + (i - (to.near.length - 1) / 2) * 60
    const bend = Math.min(60, (to.y - y1) / 2)
    const curve = `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${to.y - bend} ${x2} ${to.y}"/>`
    const label = to.near.length === 1 ? `${shape}, ${formatBytes(bytes)}` : formatBytes(bytes)
    return curve + textAt(x2 + 4, to.y - 5, label, "size")
  })

const textAt = (x: number, y: number, text: string, name = ""): string =>
  lineAt(x, y, { text }, name)

/** A text; if it is cut, hovering shows all of it. */
function lineAt(x: number, y: number, { text, whole }: Line, name = ""): string {
  const title = whole === undefined ? "" : `<title>${escaped(whole)}</title>`
  return `<text x="${x}" y="${y}"${name && ` class="${name}"`}>${title}${escaped(text)}</text>`
}
