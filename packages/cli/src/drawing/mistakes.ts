import { encodePng, type Picture } from "@tubelet/video"
import { cut, escaped, percent } from "./escaped.js"

/** A clip that was taken for another class. */
export interface Mistake {
  readonly frame: Picture
  readonly source: string
  readonly label: string
  readonly predicted: string
  /** Of the predicted class. */
  readonly probability: number
}

const columns = 4
const side = 200
const gap = 16
const letters = 28
const card = { width: side + gap, height: side + 62 + gap }

/** A contact sheet of mistakes as an SVG: a frame of each, what it is, what it was taken for. */
export async function drawMistakes(mistakes: readonly Mistake[], title: string): Promise<string> {
  const across = Math.max(2, Math.min(columns, mistakes.length))
  const rows = Math.ceil(mistakes.length / across)
  const box = `width="${across * card.width + gap}" height="${rows * card.height + 64}"`
  const cards = await Promise.all(mistakes.map((one, i) => drawCard(one, i, across)))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${box}>`,
    `<style>${style}</style>`,
    `<rect ${box} fill="#fff"/>`,
    `<text x="${gap}" y="28" class="head">${escaped(title)}</text>`,
    `<text x="${gap}" y="48" class="dim">label, and in orange what it was taken for</text>`,
    ...cards,
    "</svg>",
  ].join("\n")
}

const style = [
  "text{font:12px sans-serif;fill:#222}.head{font-size:15px;font-weight:700}",
  ".wrong{fill:#b8430a}.dim{fill:#777;font-size:10px}",
].join("")

async function drawCard(mistake: Mistake, i: number, across: number): Promise<string> {
  const { frame, label, predicted, probability, source } = mistake
  const taken = `${percent(probability)} ${cut(predicted, letters - 5)}`
  const x = gap + (i % across) * card.width
  const y = 60 + Math.floor(i / across) * card.height
  const png = Buffer.from(await encodePng(frame)).toString("base64")
  return [
    `<g transform="translate(${x} ${y})">`,
    `<image width="${side}" height="${side}" href="data:image/png;base64,${png}"/>`,
    `<rect width="${side}" height="${side}" fill="none" stroke="#ccc"/>`,
    `<text y="${side + 16}" font-weight="700">${escaped(cut(label, letters))}</text>`,
    `<text y="${side + 33}" class="wrong">${escaped(taken)}</text>`,
    `<text y="${side + 48}" class="dim">${escaped(tail(source))}</text>`,
    "</g>",
  ].join("")
}

/** The end of a path, which tells clips apart. */
const tail = (path: string): string => {
  const most = 36
  return path.length <= most ? path : `…${path.slice(1 - most)}`
}
