// A network learns where reconstruction fails, and masks those tokens: npx jiti main.ts FILE
import { cpuBackend } from "@tubelet/backend-cpu"
import { random } from "@tubelet/core/random"
import { presetConfig } from "@tubelet/models"
import { discover, readTrainingClip } from "@tubelet/video"
import { train } from "./learned.js"

const [file = "examples/clips/street-01.mp4"] = process.argv.slice(2)
const config = presetConfig("videomae-ti", { imageSize: 64, frames: 8 })
const [item] = await discover(file)
const recipe = { frames: 8, stride: 2, size: 64, transforms: ["multi-scale-crop"] } as const
const clip = await readTrainingClip(item, recipe, random("example"))
const history = await train(await cpuBackend(), { config, clip: clip.data, steps: 50 })
for (const [i, { loss, scorerLoss }] of history.entries()) {
  console.log(`${i + 1}  loss ${loss.toFixed(4)}  scorer ${scorerLoss.toFixed(4)}`)
}
