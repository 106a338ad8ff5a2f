import { showNumber } from "@tubelet/train"

/** A learning rate with the loss of its step. */
export interface Point {
  readonly x: number
  readonly raw: number
  readonly smooth: number
}

const [width, height] = [720, 420]
const plot = { left: 64, right: 24, top: 48, bottom: 48 }

/** The loss over growing learning rates as an SVG, with the suggested rate. */
export function drawCurve(points: readonly Point[], suggested: number | undefined): string {
  const smooth = points.map((point) => point.smooth)
  const { low, high } = rangeOf(smooth)
  const room = (high - low) / 10
  const [first, last] = [Math.log10(points[0].x), Math.log10(points.at(-1)!.x)]
  const inner = { width: width - plot.left - plot.right, height: height - plot.top - plot.bottom }
  const x = (rate: number) =>
    plot.left + (inner.width * (Math.log10(rate) - first)) / (last - first || 1)
  const y = (loss: number) =>
    plot.top + inner.height * (1 - (loss - low + room) / (high - low + 2 * room))
  const path = (values: readonly number[]) =>
    points.map((point, i) => `${i ? "L" : "M"}${x(point.x)} ${y(values[i])}`).join("")
  const powers = Array.from(
    { length: Math.floor(last) - Math.ceil(first) + 1 },
    (_, i) => 10 ** (Math.ceil(first) + i),
  )
  const losses = [0, 0.25, 0.5, 0.75, 1].map((part) => low + part * (high - low))
  const bottom = height - plot.bottom
  const box = `x="${plot.left}" y="${plot.top}" width="${inner.width}" height="${inner.height}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    `<style>${style}</style><rect width="${width}" height="${height}" fill="#fff"/>`,
    `<clipPath id="plot"><rect ${box}/></clipPath>`,
    `<text x="${plot.left}" y="28" class="head">loss by learning rate</text>`,
    ...powers.map((power) => `<path class="grid" d="M${x(power)} ${plot.top}V${bottom}"/>`),
    ...powers.map((power) => textAt(x(power), bottom + 18, showNumber(power), "mid")),
    ...losses.map((loss) => `<path class="grid" d="M${plot.left} ${y(loss)}h${inner.width}"/>`),
    ...losses.map((loss) => textAt(plot.left - 8, y(loss) + 4, loss.toPrecision(3), "end")),
    `<g clip-path="url(#plot)">`,
    `<path class="raw" d="${path(points.map(({ raw }) => raw))}"/>`,
    `<path class="smooth" d="${path(smooth)}"/>`,
    "</g>",
    ...(suggested === undefined
      ? []
      : [
          `<path class="best" d="M${x(suggested)} ${plot.top}V${bottom}"/>`,
          textAt(x(suggested) + 6, plot.top + 14, `--lr ${showNumber(suggested)}`, "word"),
        ]),
    "</svg>",
  ].join("\n")
}

/** From the lowest loss to the largest before it and half as much again: the rest diverges. */
function rangeOf(losses: readonly number[]) {
  const low = Math.min(...losses)
  const falling = losses.slice(0, losses.indexOf(low) + 1)
  const before = Math.max(...falling) - low
  return { low, high: before > 0 ? low + 1.5 * before : Math.max(...losses, low + 1e-6) }
}

const style = [
  "text{font:11px sans-serif;fill:#444}.head{font-size:15px;font-weight:700;fill:#222}",
  ".mid{text-anchor:middle}.end{text-anchor:end}.word{fill:#b8430a;font-size:13px}",
  "path{fill:none}.grid{stroke:#e4e4e4}.raw{stroke:#b9c9dd}.smooth{stroke:#1f5ca8;stroke-width:2}",
  ".best{stroke:#d6540e;stroke-dasharray:5 4}",
].join("")

const textAt = (x: number, y: number, text: string, name: string): string =>
  `<text x="${x}" y="${y}" class="${name}">${text}</text>`
