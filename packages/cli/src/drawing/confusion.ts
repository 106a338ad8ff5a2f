import { cut, escaped, percent } from "./escaped.js"

/** Clips by label (row) and predicted class (column), with the names of the classes. */
export interface Confusion {
  readonly counts: readonly Int32Array[]
  readonly names: readonly string[]
}

/** With more classes, only the worst are drawn. */
const mostClasses = 400
const longestName = 40
const margin = 20
const letter = 6.7

/** A class with what its clips were taken for. */
interface Row {
  readonly label: number
  readonly clips: number
  /** The fraction classified correctly; NaN without clips. */
  readonly recall: number
  /** The wrong class that was predicted most, if any was. */
  readonly taken: number | undefined
}

/**
 * A confusion matrix as an SVG: a row per class, the worst first, and the columns in the same
 * order. Correct predictions are blue, on the diagonal; mistakes are orange. Darker means a larger
 * fraction of the row.
 */
export function drawConfusion({ counts, names }: Confusion): string {
  const rows = rowsOf(counts).slice(0, mostClasses)
  const cell = Math.max(13, Math.min(64, Math.floor(560 / rows.length)))
  const longest = Math.max(...rows.map(({ label }) => cut(names[label], longestName).length))
  const left = margin + Math.ceil(letter * (longest + 13))
  const top = 64 + Math.ceil(letter * longest)
  const side = cell * rows.length
  const width = Math.max(left + side + Math.ceil(letter * (longest + 18)) + margin, 520)
  const height = top + side + margin
  const box = `width="${width}" height="${height}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} viewBox="0 0 ${width} ${height}">`,
    `<style>${style}</style>`,
    `<rect ${box} fill="#fff"/>`,
    `<text x="${margin}" y="26" class="head">${escaped(titleOf(rows, counts))}</text>`,
    `<text x="${margin}" y="44" class="dim">${caption}</text>`,
    `<g transform="translate(${left} ${top})">`,
    ...rows.flatMap((row, i) => drawRow(row, i, { rows, counts, names, cell })),
    grid(rows.length, cell),
    "</g>",
    "</svg>",
  ].join("\n")
}

const caption = "rows: labels, the worst first; columns: predictions"

const style = [
  "text{font:11px sans-serif;fill:#222}",
  ".head{font-size:15px;font-weight:700}.dim{fill:#777}",
  ".end{text-anchor:end}.mid{text-anchor:middle}.light{fill:#fff}",
].join("")

/** Classes from the worst to the best; equal ones by label, and those without clips last. */
function rowsOf(counts: readonly Int32Array[]): Row[] {
  const rows = counts.map((row, label): Row => {
    const clips = row.reduce((a, b) => a + b, 0)
    const wrong = Array.from(row.keys()).filter((other) => other !== label && row[other] > 0)
    const taken = wrong.sort((a, b) => row[b] - row[a]).at(0)
    return { label, clips, recall: row[label] / clips, taken }
  })
  const place = ({ recall }: Row) => (Number.isNaN(recall) ? 2 : recall)
  return rows.sort((a, b) => place(a) - place(b))
}

function titleOf(rows: readonly Row[], counts: readonly Int32Array[]): string {
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0)
  const clips = sum(counts.map(sum))
  const hits = sum(counts.map((row, label) => row[label]))
  const of = rows.length < counts.length ? `the ${rows.length} worst of ` : ""
  return `${of}${counts.length} classes, ${clips} clips, top-1 ${percent(hits / clips)}`
}

interface Matrix extends Confusion {
  readonly rows: readonly Row[]
  readonly cell: number
}

function drawRow(row: Row, i: number, matrix: Matrix): string[] {
  const { rows, counts, names, cell } = matrix
  const { label, clips, recall, taken } = row
  const middle = cell * (i + 0.5)
  const name = escaped(cut(names[label], longestName))
  const share = clips === 0 ? "no clips" : `${percent(recall)} of ${clips}`
  const side = cell * rows.length
  const often = taken === undefined ? "" : `${percent(counts[label][taken] / clips)} `
  const above = `translate(${middle + 4} -8) rotate(-90)`
  return [
    `<text x="-8" y="${middle + 4}" class="end">${name} <tspan class="dim">${share}</tspan></text>`,
    `<text transform="${above}">${name}</text>`,
    ...rows.flatMap(({ label: other }, column) => drawCell(row, other, { i, column, matrix })),
    ...(taken === undefined
      ? []
      : [
          `<text x="${side + 8}" y="${middle + 4}" class="dim">${often}taken for ` +
            `${escaped(cut(names[taken], longestName))}</text>`,
        ]),
  ]
}

interface Place {
  readonly i: number
  readonly column: number
  readonly matrix: Matrix
}

function drawCell({ label, clips }: Row, other: number, { i, column, matrix }: Place): string[] {
  const { counts, cell } = matrix
  const count = counts[label][other]
  if (count === 0) return []
  const share = count / clips
  const [x, y] = [cell * column, cell * i]
  const fill = shade(label === other ? [31, 92, 168] : [214, 84, 14], share)
  const square = `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${fill}"/>`
  if (cell < 26) return [square]
  const middle = `x="${x + cell / 2}" y="${y + cell / 2 + 4}"`
  return [square, `<text ${middle} class="mid${share > 0.5 ? " light" : ""}">${count}</text>`]
}

/** From nearly white to a colour; small fractions are still seen. */
function shade(colour: readonly number[], share: number): string {
  const weight = 0.15 + 0.85 * share
  return `rgb(${colour.map((c) => Math.round(255 + (c - 255) * weight)).join(" ")})`
}

/** Fine lines between the cells, so that an eye can follow a row to its name. */
function grid(count: number, cell: number): string {
  const side = count * cell
  const lines = Array.from({ length: count + 1 }, (_, i) => {
    const at = i * cell
    return `M0 ${at}H${side}M${at} 0V${side}`
  })
  return `<path d="${lines.join("")}" stroke="#ddd" fill="none"/>`
}
