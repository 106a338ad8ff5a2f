// Draws masks for a custom training loop: npx jiti main.ts [NAME] [RATIO]
import { mkdir, writeFile } from "node:fs/promises"
import { maskingNamed, tokensOf } from "@tubelet/masking"
import { drawBatch } from "./masks.js"
import { svgOf, textOf } from "./pictures.js"

const [name = "tube", ratio = "0.75"] = process.argv.slice(2)
const grid = { frames: 4, height: 14, width: 14 } // 8 frames of 224 pixels, 2 x 16 x 16 patches
const options = { masking: maskingNamed(name), grid, ratio: Number(ratio) }

for (let epoch = 0; epoch < 2; epoch++) {
  const masks = drawBatch([0, 1, 2, 3], epoch, options) // [4, 784], ready for a model
  const first = masks.subarray(0, tokensOf(grid))
  console.log(`epoch ${epoch}, sample 0\n${textOf(first, grid)}\n`)
  await mkdir("out/draw-masks", { recursive: true })
  await writeFile(`out/draw-masks/${name}-${epoch}.svg`, svgOf(first, grid))
}
console.log("The masks are drawn in out/draw-masks")
