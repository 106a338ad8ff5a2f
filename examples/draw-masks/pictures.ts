import type { Grid } from "@tubelet/masking"

/** A mask as text: the frames side by side, with a block for each masked token. */
export function textOf(mask: Uint8Array, { frames, height, width }: Grid): string {
  const row = (t: number, y: number) =>
    [...mask.subarray((t * height + y) * width, (t * height + y + 1) * width)]
      .map((hidden) => (hidden ? "█" : "·"))
      .join("")
  const line = (y: number) => Array.from({ length: frames }, (_, t) => row(t, y)).join("  ")
  return Array.from({ length: height }, (_, y) => line(y)).join("\n")
}

/** The same as an SVG image. */
export function svgOf(mask: Uint8Array, { frames, height, width }: Grid, cell = 12): string {
  const across = width + 1
  const cells = [...mask].map((hidden, token) => {
    const x = (token % width) + across * Math.floor(token / (width * height))
    const y = Math.floor(token / width) % height
    const place = `x="${x * cell}" y="${y * cell}" width="${cell - 1}" height="${cell - 1}"`
    return `<rect ${place} fill="${hidden ? "#444" : "#fc3"}"/>`
  })
  const size = `width="${frames * across * cell}" height="${height * cell}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${cells.join("\n")}\n</svg>\n`
}
