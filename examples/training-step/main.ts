import { cpuBackend } from "@tubelet/backend-cpu"
import { random } from "@tubelet/core/random"
import { presetConfig } from "@tubelet/models"
import { train } from "./train.js"

// Any u8 clip will do; `@tubelet/video` reads real ones.
const config = presetConfig("videomae-ti", { imageSize: 64, frames: 8 })
const noise = random("clip")
const bytes = config.frames * config.imageSize * config.imageSize * 3
const clip = Uint8Array.from({ length: bytes }, () => noise.integer(256))
const losses = await train(await cpuBackend(), config, clip, 20)
console.log(losses.map((loss) => loss.toFixed(4)).join(" "))
