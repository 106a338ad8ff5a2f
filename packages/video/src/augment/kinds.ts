import { centreCrop } from "./centre-crop.js"
import { colourJitter } from "./colour-jitter.js"
import { flip } from "./flip.js"
import { multiScaleCrop } from "./multi-scale-crop.js"
import { normalise } from "./normalise.js"
import { randAugment } from "./rand-augment.js"
import { randomErasing } from "./random-erasing.js"
import { randomResizedCrop } from "./random-resized-crop.js"
import { resize } from "./resize.js"
import { sideCrop } from "./side-crop.js"
import type { TransformKind } from "./transform.js"

/** The built-in transforms by name. */
export const kinds = {
  "centre-crop": centreCrop,
  "colour-jitter": colourJitter,
  flip,
  "multi-scale-crop": multiScaleCrop,
  normalise,
  "rand-augment": randAugment,
  "random-erasing": randomErasing,
  "random-resized-crop": randomResizedCrop,
  resize,
  "side-crop": sideCrop,
}

export type TransformName = keyof typeof kinds

type OptionsOf<K> = K extends TransformKind<infer O> ? Partial<O> : never

/**
 * A transform as plain data, which any process can apply: the name of a built-in one, its name with
 * options, or the path of a module that exports one, with any options.
 */
export type Transform =
  | TransformName
  | { [N in TransformName]: { readonly name: N } & OptionsOf<(typeof kinds)[N]> }[TransformName]
  | CustomTransform

/** A module whose default export makes a `Transformer` of these options. */
export interface CustomTransform {
  /** Path of a JavaScript module, relative to the working directory; in a page, its URL. */
  readonly module: string
  readonly [option: string]: unknown
}
