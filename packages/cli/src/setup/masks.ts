import { extname } from "node:path"
import {
  clipOf,
  defineMasking,
  drawMask,
  type Grid,
  keptCount,
  type Masking,
  maskingNamed,
} from "@tubelet/masking"
import type { System } from "@tubelet/models"
import { defaultMasks, type MaskRules } from "@tubelet/train"
import { type MaskChoice, maskingNames } from "../flags/mask.js"
import { UsageError } from "../shell/errors.js"
import { importUserFile } from "../shell/user-file.js"

export const isMaskingFile = (name: string): boolean =>
  /[\\/]/.test(name) || /^\.[cm]?[jt]s$/.test(extname(name))

/** A masking by its name, or the default export of a file. */
async function maskingOf(nameOrFile: string): Promise<Masking> {
  if (isMaskingFile(nameOrFile)) return defineMasking((await importUserFile(nameOrFile)) as Masking)
  try {
    return maskingNamed(nameOrFile)
  } catch (error) {
    const advice = `choose one of ${maskingNames}, or a file such as ./mine.ts`
    throw new UsageError(`unknown masking strategy "${nameOrFile}"`, advice, { cause: error })
  }
}

/** The masks of a system with the chosen changes; a decoder mask ratio of 0 means no such mask. */
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
      "only VideoMAE V2 has a decoder mask",
      "omit it, or choose a videomaev2 model",
    )
  }
  const ratio = decoderMaskRatio ?? decoder.ratio
  if (ratio === 0) return { encoder: seen }
  const chosen = decoderMasking === undefined ? decoder.masking : await maskingOf(decoderMasking)
  return { encoder: seen, decoder: { masking: chosen, ratio } }
}

/** The visible tokens of one clip under the chosen mask. */
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
