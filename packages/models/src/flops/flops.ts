import { patchPixels, tokenCount } from "@tubelet/vit"
import type { ClassifierConfig, PretrainConfig, StackConfig, TokenCounts } from "../config.js"

/** MACs of one block on n tokens: four projections, the MLP, the scores and their use. */
const blockMacs = (n: number, { dim, mlpHidden }: StackConfig): number =>
  (4 * dim * dim + 2 * dim * mlpHidden) * n + 2 * n * n * dim

/**
 * MACs of one sample's forward pass, by part. Only visible tokens are embedded, so at 90% masking
 * the embedding costs a tenth of the authors'.
 */
export function forwardMacs(
  config: PretrainConfig,
  { visible, targets }: TokenCounts,
): { embed: number; encoder: number; project: number; decoder: number; head: number } {
  const { encoder, decoder, system } = config
  const pixels = patchPixels(config)
  const seen = visible + (system === "mae" ? 1 : 0)
  return {
    embed: visible * pixels * encoder.dim,
    encoder: encoder.depth * blockMacs(seen, encoder),
    project: seen * encoder.dim * decoder.dim,
    decoder: decoder.depth * blockMacs(seen + targets, decoder),
    head: targets * decoder.dim * pixels,
  }
}

/** The same for a classifier, which sees every token. */
export function classifierMacs(
  config: ClassifierConfig,
): Record<"embed" | "encoder" | "head", number> {
  const { encoder, system, classes } = config
  const tokens = tokenCount(config)
  return {
    embed: tokens * patchPixels(config) * encoder.dim,
    encoder: encoder.depth * blockMacs(tokens + (system === "mae" ? 1 : 0), encoder),
    head: encoder.dim * classes,
  }
}

const flopsOf = (macs: Readonly<Record<string, number>>): number =>
  6 * Object.values(macs).reduce((a, b) => a + b)

/** FLOPs of one sample's training step: the forward pass, and a backward pass at twice its cost. */
export const stepFlops = (config: PretrainConfig, counts: TokenCounts): number =>
  flopsOf(forwardMacs(config, counts))

/** The same for fine-tuning. */
export const finetuneFlops = (config: ClassifierConfig): number => flopsOf(classifierMacs(config))
