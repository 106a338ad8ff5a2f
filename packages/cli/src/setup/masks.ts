import { extname } from "node:path"
import {
  clipOf,
  defineMasking,
  drawMask,
  type Grid,
  keptCount,
  type Masking,
  maskingNamed,
  maskings,
} from "@tubelet/masking"
import type { System } from "@tubelet/models"
import { defaultMasks, type MaskRules } from "@tubelet/train"
import { UsageError } from "../shell/errors.js"
import { number, text } from "../shell/flag.js"
import { importUserFile } from "../shell/user-file.js"

const names = Object.keys(maskings).join(", ")

const share = { min: 0, max: 1 }

/** Flags of the encoder's mask. */
export const encoderMaskFlags = {
  maskRatio: number("share of tokens to hide (0.9; MAE 0.75)", share),
  masking: text(`how to choose them: ${names}, or a custom file`, "NAME"),
}

/** Flags of both masks. */
export const maskFlags = {
  ...encoderMaskFlags,
  decoderMaskRatio: number("V2: share not to be predicted, 0: none (0.5)", share),
  decoderMasking: text("V2: how to choose those (running-cell)", "NAME"),
}

export interface MaskChoice {
  readonly masking?: string
  readonly maskRatio?: number
  readonly decoderMasking?: string
  readonly decoderMaskRatio?: number
}

export const isMaskingFile = (name: string): boolean =>
  /[\\/]/.test(name) || /^\.[cm]?[jt]s$/.test(extname(name))

/** A strategy by its name, or the default export of a file. */
async function maskingOf(nameOrFile: string): Promise<Masking> {
  if (isMaskingFile(nameOrFile)) return defineMasking((await importUserFile(nameOrFile)) as Masking)
  try {
    return maskingNamed(nameOrFile)
  } catch (error) {
    const advice = `choose one of ${names}, or a file such as ./mine.ts`
    throw new UsageError(`there is no masking "${nameOrFile}"`, advice, { cause: error })
  }
}

/** The masks of a system, with what was chosen; a decoder's ratio of 0 means none. */
export async function maskRules(system: System, choice: MaskChoice): Promise<MaskRules> {
  const { encoder, decoder } = defaultMasks(system)
  const { masking, maskRatio = encoder.ratio, decoderMasking, decoderMaskRatio } = choice
  const seen = {
    masking: masking === undefined ? encoder.masking : await maskingOf(masking),
    ratio: maskRatio,
  }
  if (!decoder) {
    if (!decoderMasking && !decoderMaskRatio) return { encoder: seen }
    throw new UsageError(
      "a decoder's mask is VideoMAE V2's",
      "leave it out, or choose a videomaev2 model",
    )
  }
  const ratio = decoderMaskRatio ?? decoder.ratio
  if (ratio === 0) return { encoder: seen }
  const chosen = decoderMasking === undefined ? decoder.masking : await maskingOf(decoderMasking)
  return { encoder: seen, decoder: { masking: chosen, ratio } }
}

/** What the encoder sees of one clip, under the mask that was chosen. */
export async function drawVisible(
  { masking, maskRatio }: MaskChoice,
  sample: {
    readonly system: System
    readonly grid: Grid
    readonly frames: number
    readonly imageSize: number
    readonly clip: Uint8Array
    readonly seed: number
  },
): Promise<Int32Array> {
  const { system, grid, frames, imageSize, seed } = sample
  const { encoder } = await maskRules(system, {
    ...(masking !== undefined && { masking }),
    ...(maskRatio !== undefined && { maskRatio }),
  })
  const keep = keptCount(encoder.masking, { grid, ratio: encoder.ratio })
  const clip = clipOf(sample.clip, { frames, height: imageSize, width: imageSize })
  return drawMask(encoder.masking, { grid, keep, seed, epoch: 0, index: 0, clip })
}
