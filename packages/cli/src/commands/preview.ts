import { join } from "node:path"
import { writeText, writeTogether } from "@tubelet/core/files"
import {
  type Clip,
  contactSheet,
  drawMask,
  publishedTransforms,
  type SourceFacts,
  writePng,
} from "@tubelet/video"
import { gridOf } from "@tubelet/vit"
import { clipFlags, start } from "../flags/clip.js"
import { transformFlag } from "../flags/data.js"
import { encoderMaskFlags, type MaskChoice } from "../flags/mask.js"
import { drawVisible } from "../setup/masks.js"
import { requireOwnFiles } from "../setup/overwrite.js"
import { onDamage, readShownClip } from "../setup/shown-clip.js"
import { withTransform } from "../setup/transforms.js"
import { defineCommand } from "../shell/command.js"
import { choice, text, whole } from "../shell/flag.js"

const crops = ["multi-scale", "random-resized", "centre"] as const

const flags = {
  ...clipFlags,
  start,
  seed: whole("seed of the augmentation and the mask (0)", 0),
  augment: choice("how to crop frames (centre)", crops),
  transform: transformFlag,
  ...encoderMaskFlags,
  out: text("folder for the images (out/preview)", "DIR"),
}

const patchSize = 16

export const preview = defineCommand({
  name: "preview",
  summary: "write the frames a model would see, with the mask drawn on them",
  operands: ["input: a video, an image, or a folder of frames"],
  flags,
  details: onDamage("`valid`"),
  example:
    "tubelet preview clips/street-01.mp4 --start 1.5 --augment multi-scale --out out/preview",

  async run([input], values, { output }) {
    const { frames = 16, stride = 4, size = 224, out = "out/preview" } = values
    const { start = 0, seed = 0, augment = "centre" } = values
    const transforms = withTransform(publishedTransforms[augment], values.transform)
    const recipe = { frames, stride, size, start, seed, transforms }
    const names = [...Array.from({ length: frames }, (_, i) => frameName(i)), "contact-sheet.png"]
    await requireOwnFiles({ folder: out, names, record: "preview.json", field: "timestamp" })
    const clip = await readShownClip(input, recipe)
    const result = { source: facts(clip.source), frames: framesOf(clip) }
    await writeTogether(out, async (folder) => {
      await writeFrames(folder, clip.data, size)
      await writeSheet(join(folder, "contact-sheet.png"), clip, { ...values, frames, size, seed })
      await writeText(join(folder, "preview.json"), `${JSON.stringify(result, null, 2)}\n`)
    })
    output.json(result)
    const { source } = result
    const { width, height, codec, frameRate, duration } = source
    output.print(
      `${width} x ${height}, ${codec}, ${frameRate.toFixed(2)} frames/s, ${duration.toFixed(2)} s`,
    )
    if (clip.damaged > 0) output.log(`${clip.damaged} of ${frames} frames could not be read`)
    output.print(`wrote ${frames} frames, contact-sheet.png and preview.json to ${out}`)
    return 0
  },
})

const facts = ({ width, height, rotation, duration, frameRate, codec }: SourceFacts) => ({
  ...{ width, height, rotation, duration, frameRate, codec },
})

const framesOf = ({ timestamps, valid }: Clip) =>
  Array.from(timestamps, (timestamp, i) => ({ timestamp, valid: valid[i] }))

const frameName = (i: number): string => `frame-${String(i).padStart(3, "0")}.png`

async function writeFrames(out: string, clip: Uint8Array, size: number): Promise<void> {
  const bytes = 3 * size * size
  for (let i = 0; i < clip.length / bytes; i++) {
    const data = clip.subarray(i * bytes, (i + 1) * bytes)
    await writePng(join(out, frameName(i)), { data, width: size, height: size })
  }
}

/** All frames in one image, with the mask; a size without whole tokens gets no default mask. */
async function writeSheet(
  path: string,
  { data, timestamps }: Clip,
  values: MaskChoice & { readonly frames: number; readonly size: number; readonly seed: number },
): Promise<void> {
  const square = { width: values.size, height: values.size }
  const captions = Array.from(timestamps, (t) => `${t.toFixed(2)} s`)
  const asked = values.masking !== undefined || values.maskRatio !== undefined
  const maskable = asked || (values.size % patchSize === 0 && values.size > patchSize)
  const shown = maskable ? await masked(data, values) : data
  await writePng(path, contactSheet(shown, square, { captions }))
}

async function masked(
  clip: Uint8Array,
  { frames, size, seed, ...choice }: Parameters<typeof writeSheet>[2],
): Promise<Uint8Array> {
  const tubelet = frames % 2 === 0 ? 2 : 1
  const grid = gridOf({ frames, imageSize: size, patchSize, tubelet })
  const system = frames === 1 ? "mae" : "videomae"
  const sample = { system, grid, frames, imageSize: size, clip, seed } as const
  const kept = await drawVisible(choice, sample)
  return drawMask(clip, { width: size, height: size }, grid, kept)
}
