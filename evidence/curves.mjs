// Line charts as PNG.
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import sharp from "sharp"

const [width, height] = [720, 400]
const plot = { left: 60, right: 520, top: 44, bottom: 350 }
const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf"]
const style = "text{font:13px 'DejaVu Sans',sans-serif;fill:#222}.head{font-size:15px}"

/** Draws series `{ name, points: [x, y][] }` into a PNG file. */
export async function drawCurves(path, { title, x, y, series }) {
  mkdirSync(dirname(path), { recursive: true })
  const points = series.flatMap((one) => one.points)
  const across = scaleOf(
    points.map(([at]) => at),
    plot.left,
    plot.right,
  )
  const up = scaleOf(
    points.map(([, at]) => at),
    plot.bottom,
    plot.top,
  )
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    `<style>${style}</style><rect width="100%" height="100%" fill="#fff"/>`,
    `<text class="head" x="${plot.left}" y="24">${title}</text>`,
    ...across.ticks.map((tick) => vertical(across.at(tick), tick)),
    ...up.ticks.map((tick) => horizontal(up.at(tick), tick)),
    ...series.map((one, i) => line(one, colours[i % colours.length], across, up)),
    ...series.map(({ name }, i) => key(name, i)),
    `<text x="${plot.right}" y="${height - 12}" text-anchor="end">${x}</text>`,
    `<text x="${plot.left}" y="${plot.top - 4}">${y}</text>`,
    "</svg>",
  ].join("\n")
  await sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toFile(path)
}

function scaleOf(values, from, to) {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const step = roundStep((high - low) / 5 || 1)
  const first = Math.ceil(low / step)
  const ticks = []
  for (let i = first; i * step <= high; i++) ticks.push(Number((i * step).toPrecision(6)))
  return { ticks, at: (value) => from + ((value - low) / (high - low || 1)) * (to - from) }
}

/** The next of 1, 2, 5, 10, 20 ... */
function roundStep(step) {
  const power = 10 ** Math.floor(Math.log10(step))
  return power * [1, 2, 5, 10].find((digit) => digit * power >= step)
}

const vertical = (x, tick) =>
  `<path d="M${x} ${plot.top}V${plot.bottom}" stroke="#ddd"/>` +
  `<text x="${x}" y="${plot.bottom + 18}" text-anchor="middle">${tick}</text>`

const horizontal = (y, tick) =>
  `<path d="M${plot.left} ${y}H${plot.right}" stroke="#ddd"/>` +
  `<text x="${plot.left - 6}" y="${y + 4}" text-anchor="end">${tick}</text>`

const line = ({ points }, colour, across, up) => {
  const path = points.map(([x, y]) => `${across.at(x).toFixed(1)},${up.at(y).toFixed(1)}`)
  return `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`
}

const key = (name, i) => {
  const y = plot.top + 16 + 22 * i
  const colour = colours[i % colours.length]
  return (
    `<path d="M${plot.right + 16} ${y}h20" stroke="${colour}" stroke-width="3"/>` +
    `<text x="${plot.right + 42}" y="${y + 4}">${name}</text>`
  )
}
