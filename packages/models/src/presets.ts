import { TubeletError } from "@tubelet/core"
import type { PretrainConfig, StackConfig, System } from "./config.js"

const stack = (dim: number, depth: number, heads: number, mlpHidden = 4 * dim): StackConfig => ({
  dim,
  depth,
  heads,
  mlpHidden,
})

// The authors' encoders; ti is ours, for small machines and browser tabs.
const encoders = {
  ti: stack(192, 12, 3),
  s: stack(384, 12, 6),
  b: stack(768, 12, 12),
  l: stack(1024, 24, 16),
  h: stack(1280, 32, 16),
  g: stack(1408, 40, 16, 6144),
}

type Size = keyof typeof encoders

// MAE publishes b, l and h with one decoder; ti and s are ours.
const maeDecoders: Partial<Record<Size, StackConfig>> = {
  ti: stack(96, 4, 3),
  s: stack(256, 4, 8),
  b: stack(512, 8, 16),
  l: stack(512, 8, 16),
  h: stack(512, 8, 16),
}

const videoDecoders: Partial<Record<Size, StackConfig>> = {
  ti: stack(96, 4, 3),
  s: stack(192, 4, 3),
  b: stack(384, 4, 6),
  l: stack(512, 12, 8),
  h: stack(640, 12, 8),
}

// V2 keeps four blocks throughout; g's MLP ratio of 48/11 gives the odd 2234.
const videoV2Decoders: Partial<Record<Size, StackConfig>> = {
  ti: stack(96, 4, 3),
  s: stack(192, 4, 3),
  b: stack(384, 4, 6),
  l: stack(512, 4, 8),
  h: stack(512, 4, 8),
  g: stack(512, 4, 8, 2234),
}

const decoders: Record<System, Partial<Record<Size, StackConfig>>> = {
  mae: maeDecoders,
  videomae: videoDecoders,
  videomaev2: videoV2Decoders,
}

const common = {
  imageSize: 224,
  eps: 1e-6,
  qkvBias: true,
  initValues: 0,
  cosineAttention: false,
  learnablePositions: false,
}

function preset(system: System, size: Size, decoder: StackConfig): PretrainConfig {
  const video = system !== "mae"
  const smallPatch = size === "g" || (size === "h" && !video)
  return {
    ...common,
    system,
    patchSize: smallPatch ? 14 : 16,
    frames: video ? 16 : 1,
    tubelet: video ? 2 : 1,
    encoder: encoders[size],
    decoder,
  }
}

/** Every named model: `mae-b`, `videomae-l`, `videomaev2-g`, ... */
export const presets: Readonly<Record<string, PretrainConfig>> = Object.fromEntries(
  Object.entries(decoders).flatMap(([system, sizes]) =>
    Object.entries(sizes).map(([size, decoder]) => [
      `${system}-${size}`,
      preset(system as System, size as Size, decoder),
    ]),
  ),
)

/** A preset by name, with changes. Throws for an unknown name and lists the known ones. */
export function presetConfig(name: string, changes: Partial<PretrainConfig> = {}): PretrainConfig {
  const found = presets[name]
  if (found) return { ...found, ...changes }
  throw new TubeletError(
    `unknown model "${name}"`,
    `choose one of ${Object.keys(presets).join(", ")}, or a path to a config or checkpoint`,
  )
}
