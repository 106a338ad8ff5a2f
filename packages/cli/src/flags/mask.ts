import { maskings } from "@tubelet/masking"
import { type FlagValues, number, text } from "../shell/flag.js"

/** The names of the maskings. */
export const maskingNames = Object.keys(maskings).join(", ")

const share = { min: 0, max: 1 }

/** Flags of the encoder's mask. */
export const encoderMaskFlags = {
  maskRatio: number("share of tokens to mask (0.9; MAE: 0.75)", share),
  masking: text(`how to choose them: ${maskingNames}, or a file`, "NAME"),
}

/** Flags of both masks. */
export const maskFlags = {
  ...encoderMaskFlags,
  decoderMaskRatio: number("V2: share of tokens not to predict, 0: none (0.5)", share),
  decoderMasking: text("V2: how to choose those (running-cell)", "NAME"),
}

export type MaskChoice = Readonly<FlagValues<typeof maskFlags>>
