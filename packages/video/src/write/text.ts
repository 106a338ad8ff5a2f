import { fill, type Picture } from "./canvas.js"

// A built-in font, so captions do not depend on the machine's: 3 x 5 dots per letter, one octal
// digit per row, top first.
const glyphs: Record<string, string> = {
  "0": "75557",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71122",
  "8": "75757",
  "9": "75717",
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11152",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "25552",
  P: "65644",
  Q: "25563",
  R: "65655",
  S: "34216",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  ".": "00002",
  ",": "00024",
  ":": "02020",
  "-": "00700",
  "+": "02720",
  "/": "11244",
  "%": "51245",
  "=": "07070",
  "(": "12221",
  ")": "42224",
  _: "00007",
}

/** Pixels per dot. */
const dotSize = 2

export const textHeight = 5 * dotSize

/** Number of letters that fit into a width. */
const fitting = (width: number) => Math.floor((width + dotSize) / (4 * dotSize))

/** Draws one line of black capitals, cut off at the picture's edge. */
export function drawText(target: Picture, text: string, x: number, y: number): void {
  const letters = [...text.toUpperCase()].slice(0, fitting(target.width - x))
  for (const [place, letter] of letters.entries()) {
    const rows = glyphs[letter] ?? "00000"
    for (let dot = 0; dot < 15; dot++) {
      const [row, column] = [Math.floor(dot / 3), dot % 3]
      if ((Number(rows[row]) & (4 >> column)) === 0) continue
      const left = x + dotSize * (4 * place + column)
      fill(target, { x: left, y: y + dotSize * row, width: dotSize, height: dotSize }, 0)
    }
  }
}
