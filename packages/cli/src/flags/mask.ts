import { maskings } from "@tubelet/masking"
import { type FlagValues, number, text } from "../shell/flag.js"

/** The names of the masking strategies. */
export const maskingNames = Object.keys(maskings).join(", ")

const fraction = { min: 0, max: 1 }

/** Flags of the encoder's mask. */
export const encoderMaskFlags = {
  maskRatio: number("fraction of tokens to mask (0.9; MAE: 0.75)", fraction),
  masking: text(`masking strategy: ${maskingNames}, or a file`, "NAME"),
}

/** Flags of both masks. */
export const maskFlags = {
  ...encoderMaskFlags,
  decoderMaskRatio: number("V2: fraction of tokens not decoded (0.5)", fraction),
  decoderMasking: text("V2: masking strategy of the decoder (running-cell)", "NAME"),
}

export type MaskChoice = Readonly<FlagValues<typeof maskFlags>>
