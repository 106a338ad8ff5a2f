import { type Random, repeatRandom } from "@tubelet/core/random"
import type { PretrainConfig } from "@tubelet/models"
import { beta } from "./beta.js"
import type { SampleKey } from "./clips.js"

export interface MixOptions {
  /** Parameter of mixup's Beta distribution (Zhang et al. 2018); 0 turns it off. Default: 0.8. */
  readonly mixup?: number
  /** Parameter of cutmix's Beta distribution (Yun et al. 2019); 0 turns it off. Default: 1. */
  readonly cutmix?: number
  /** Probability that a batch is mixed. Default: 1. */
  readonly probability?: number
  /** Probability of cutmix if both are on. Default: 0.5. */
  readonly switchProbability?: number
}

export interface MixRequest extends MixOptions {
  readonly seed: number
  readonly config: Pick<PretrainConfig, "frames" | "imageSize">
  /** The batch's samples; padding after them is not mixed. */
  readonly samples: readonly SampleKey[]
}

/** Part of a frame, in pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** How a batch is mixed with itself in reverse order. */
export interface Mix {
  /** Weight of a sample's own clip and label. */
  readonly lambda: number
  /** Cutmix: the part of every frame that comes from the other clip. */
  readonly box?: Box
}

/**
 * Mixes each sample with its counterpart in the reversed batch, in place: normalised clips [B, T,
 * H, W, 3] and target probabilities [B, classes]. One draw for the whole batch, keyed by seed,
 * epoch and the first sample, as in the authors' fine-tuning. The middle sample of an odd batch is
 * unchanged.
 */
export function mixBatch(
  { clips, labels }: { readonly clips: Float32Array; readonly labels?: Float32Array },
  { seed, config, samples, ...options }: MixRequest,
): Mix {
  const [{ epoch, index, repeat = 0 }] = samples
  const { frames, imageSize } = config
  const mix = drawMix(imageSize, repeatRandom([seed, "mix", epoch, index], repeat), options)
  const length = frames * imageSize * imageSize * 3
  mixClips(rowPairs(clips, length, samples.length), imageSize, mix)
  if (labels) {
    const classes = labels.length / (clips.length / length)
    mixLabels(rowPairs(labels, classes, samples.length), mix)
  }
  return mix
}

type Pairs = readonly (readonly [Float32Array, Float32Array])[]

function mixClips(pairs: Pairs, size: number, { lambda, box }: Mix): void {
  for (const [a, b] of pairs) {
    if (box) swapBox(a, b, size, box)
    else blend(a, b, lambda)
  }
}

/** Mixes pairs of rows of target probabilities. */
export function mixLabels(pairs: Pairs, { lambda }: Mix): void {
  for (const [a, b] of pairs) blend(a, b, lambda)
}

/** Draws whether and how to mix a batch of square frames. */
export function drawMix(
  imageSize: number,
  random: Random,
  { mixup = 0.8, cutmix = 1, probability = 1, switchProbability = 0.5 }: MixOptions = {},
): Mix {
  const isMixed = random.uniform() < probability
  if (!isMixed || (mixup === 0 && cutmix === 0)) return { lambda: 1 }
  const cuts = mixup === 0 || (cutmix > 0 && random.uniform() < switchProbability)
  const lambda = cuts ? beta(random, cutmix, cutmix) : beta(random, mixup, mixup)
  if (!cuts) return { lambda }
  const centre = { y: random.integer(imageSize), x: random.integer(imageSize) }
  return cutBox({ width: imageSize, height: imageSize }, lambda, centre)
}

/**
 * The box around a centre with 1 - lambda of the area, cut off at the frame's edges; `lambda` is
 * then what remains of the frame.
 */
export function cutBox(
  { width, height }: { readonly width: number; readonly height: number },
  lambda: number,
  centre: { readonly x: number; readonly y: number },
): Required<Mix> {
  const ratio = Math.sqrt(1 - lambda)
  const [left, right] = cutSide(width, ratio, centre.x)
  const [top, bottom] = cutSide(height, ratio, centre.y)
  const box = { x: left, y: top, width: right - left, height: bottom - top }
  return { box, lambda: 1 - (box.width * box.height) / (width * height) }
}

function cutSide(side: number, ratio: number, centre: number): [number, number] {
  const half = Math.floor(Math.trunc(side * ratio) / 2)
  return [Math.max(0, centre - half), Math.min(side, centre + half)]
}

/** Each of the first `count` rows with its counterpart in reverse order, each pair once. */
export function rowPairs(rows: Float32Array, length: number, count: number): Pairs {
  const row = (i: number) => rows.subarray(i * length, (i + 1) * length)
  return Array.from({ length: count >> 1 }, (_, i) => [row(i), row(count - 1 - i)] as const)
}

const { fround } = Math

/** Both become mixtures: lambda of itself and the rest of the other. */
function blend(a: Float32Array, b: Float32Array, lambda: number): void {
  const [own, other] = [fround(lambda), fround(1 - lambda)]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    a[i] = x * own + y * other
    b[i] = y * own + x * other
  }
}

/** Exchanges a box of all frames of two clips. */
function swapBox(a: Float32Array, b: Float32Array, size: number, box: Box): void {
  const [row, length] = [3 * size, 3 * box.width]
  const kept = new Float32Array(length)
  for (let frame = 0; frame < a.length; frame += row * size) {
    for (let y = box.y; y < box.y + box.height; y++) {
      const start = frame + y * row + 3 * box.x
      const [from, to] = [a.subarray(start, start + length), b.subarray(start, start + length)]
      kept.set(from)
      from.set(to)
      to.set(kept)
    }
  }
}
