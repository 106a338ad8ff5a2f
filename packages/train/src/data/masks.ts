import { TubeletError } from "@tubelet/core"
import {
  type Clip,
  drawMask,
  hiddenTokens,
  keptCount,
  type Masking,
  tokensOf,
} from "@tubelet/masking"
import type { PretrainModel, TokenCounts } from "@tubelet/models"
import type { SampleKey } from "./clips.js"

/** A strategy and the fraction of tokens that it masks. */
export interface MaskRule {
  readonly masking: Masking
  readonly ratio: number
}

/**
 * What the encoder does not see and, for VideoMAE V2, what the decoder need not predict. Without
 * `decoder` all hidden tokens are predicted.
 */
export interface MaskRules {
  readonly encoder: MaskRule
  readonly decoder?: MaskRule
}

/** Tokens per sample under these rules: the same for all, so that a step can be compiled. */
export function tokenCounts({ grid }: PretrainModel, rules: MaskRules): TokenCounts {
  const count = ({ masking, ratio }: MaskRule) => keptCount(masking, { grid, ratio })
  const visible = count(rules.encoder)
  return { visible, targets: rules.decoder ? count(rules.decoder) : tokensOf(grid) - visible }
}

/** Throws if the encoder sees everything that a step predicts: its loss would be 0 / 0. */
export function requireHidden(
  { encoder, decoder }: MaskRules,
  batches: readonly { readonly weight: Float32Array }[],
): void {
  if (!decoder || batches.some(({ weight }) => weight.some((w) => w > 0))) return
  throw new TubeletError(
    `every token that decoder masking "${decoder.masking.name}" predicts is visible under ` +
      `masking "${encoder.masking.name}", so a step has nothing to learn from`,
    "choose another decoder masking, a higher mask ratio or a lower decoder mask ratio",
  )
}

/** One sample's masks: `weight` is 0 for targets that the encoder sees. */
export interface Masks {
  readonly visible: Int32Array
  readonly targets: Int32Array
  readonly weight: Float32Array
}

export interface MaskRequest {
  readonly model: PretrainModel
  readonly rules: MaskRules
  readonly counts: TokenCounts
  readonly seed: number
  readonly step: number
}

/** Draws a sample's masks, which depend only on the seed, epoch, clip and repeat. */
export function drawMasks(
  { model: { grid }, rules: { encoder, decoder }, counts, seed, step }: MaskRequest,
  { epoch, index, repeat = 0 }: SampleKey,
  clip: Clip,
): Masks {
  const request = { grid, seed, step, clip, epoch, index }
  // The key keeps an older word: a different key would draw different masks.
  const role = (name: string) => (repeat === 0 ? name : `${name}, view ${repeat}`)
  const seen = { ...request, keep: counts.visible, role: role("encoder") }
  const visible = drawMask(encoder.masking, seen)
  if (!decoder) {
    const targets = hiddenTokens(visible, tokensOf(grid))
    return { visible, targets, weight: new Float32Array(targets.length).fill(1) }
  }
  const predicted = { ...request, keep: counts.targets, role: role("decoder") }
  const targets = drawMask(decoder.masking, predicted)
  const known = new Set(visible)
  return { visible, targets, weight: Float32Array.from(targets, (t) => (known.has(t) ? 0 : 1)) }
}
