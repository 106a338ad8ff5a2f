// Loads batches of clips and draws contact sheets: npx jiti main.ts [FOLDER] [BATCHES]
import { mkdir } from "node:fs/promises"
import { writePng } from "@tubelet/video"
import { batchesOf, sheetOf } from "./batches.js"

const [folder = "examples/clips", count = "3"] = process.argv.slice(2)
const out = "out/clip-batches"
await mkdir(out, { recursive: true })
let made = 0
for await (const batch of batchesOf(folder)) {
  made += 1
  console.log(`${made}  [${batch.shape}]  ${batch.clips.length} bytes, epoch ${batch.epoch}`)
  await writePng(`${out}/batch-${made}.png`, sheetOf(batch))
  if (made >= Number(count)) break // leaving the loop stops the decoding processes
}
console.log(`The contact sheets are in ${out}`)
