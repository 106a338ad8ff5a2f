import type { Random } from "@tubelet/core/random"
import type { Rect, Size } from "../geometry.js"
import type { FrameRows } from "../resize/frame-rows.js"

/** RGB frames between two transforms, [count, height, width, 3]: bytes, or floats. */
export interface RgbFrames extends Size {
  readonly data: Uint8Array | Float32Array
  /** Bytes that are normalised when they are next read: the float of each level, [3, 256]. */
  readonly levels?: Float64Array
}

/** A transform with its random choices made, the same for all frames of a clip. */
export interface DrawnTransform {
  /** Size of the frames that it returns. Default: that of its input. */
  readonly size?: Size
  /** Transforms frames, and may overwrite them. */
  apply(frames: RgbFrames, use: Use): RgbFrames
  /**
   * The part of its input that it reads for a part of its result; undefined means all of it.
   * Default: all.
   */
  reads?(wanted: Rect | undefined): Rect | undefined
  /** For a crop: how to read it from a source, of which only a part is then decoded. */
  readonly view?: View
}

/** What a transform's result is used for. */
export interface Use {
  /**
   * Where the finished clip goes: a result of exactly that many bytes may be written there to save
   * a copy.
   */
  readonly into?: Uint8Array
  /** The part of the result that later transforms read; the rest may be anything. */
  readonly wanted?: Rect
}

/** A part of a picture, resized. */
export interface View {
  /** The part of the picture it needs. */
  readonly part: Rect
  /**
   * Makes the view from frames cropped to `bounds`, which contains `part`. Fills `into`,
   * [frames, height, width, 3].
   */
  make(frames: FrameRows, bounds: Rect, into: Uint8Array): void
}

/** What a transform's file exports, and what a custom module makes of its options. */
export interface Transformer {
  /** Makes the random choices for frames of a given size; `size` is the finished clip's side. */
  draw(input: Size, size: number, random: Random): DrawnTransform
}

/** A transform's options with their defaults, and what it does with them. */
export interface TransformKind<O extends object> {
  readonly defaults: O
  readonly make: (options: O) => Transformer
}

export const transformKind = <O extends object>(
  defaults: O,
  make: (options: O) => Transformer,
): TransformKind<O> => ({ defaults, make })
