import { TubeletError } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"
import { settled } from "../augment/floats.js"
import { scratch } from "../augment/scratch.js"
import type { DrawnTransform, RgbFrames, Transformer, View } from "../augment/transform.js"
import type { Rect, Size } from "../geometry.js"
import { allRows, type FrameRows } from "../resize/frame-rows.js"
import type { PixelType } from "./pixel-type.js"

/** What a view's bytes depend on. */
export interface ViewSize {
  /** Side of the square clip in pixels. */
  readonly size: number
  readonly pixels?: PixelType
}

/** Draws all transforms of one view, for pictures of a given size. */
export function drawView(
  picture: Size,
  transformers: readonly Transformer[],
  { size, pixels = "u8" }: ViewSize,
  random: Random,
): View {
  let now: Size = picture
  const steps = transformers.map((transformer) => {
    const step = transformer.draw(now, size, random)
    if (step.view) requireInside(step.view.part, now)
    now = step.size ?? now
    return step
  })
  requireSquare(now, size)
  const wanted = wantedParts(steps)
  const part = steps[0]?.view?.part ?? { x: 0, y: 0, width: picture.width, height: picture.height }
  return {
    part,
    make(rows, bounds, into) {
      const first = steps[0]?.view ? cropped(steps[0], rows, bounds, into) : whole(rows, part)
      const done = steps[0]?.view ? 1 : 0
      let frames: RgbFrames = first
      for (let i = done; i < steps.length; i++) {
        frames = steps[i].apply(frames, { into, ...(wanted[i] && { wanted: wanted[i] }) })
      }
      place(settled(frames, into), pixels, into)
    },
  }
}

/** For each step, the part of its result that the later ones read; undefined means all. */
function wantedParts(steps: readonly DrawnTransform[]): (Rect | undefined)[] {
  let part: Rect | undefined
  const parts = [...steps].reverse().map(({ reads }) => {
    const wanted = part
    part = reads?.(wanted)
    return wanted
  })
  return parts.reverse()
}

/** The first transform's crop, straight from the source. */
function cropped(step: DrawnTransform, rows: FrameRows, bounds: Rect, into: Uint8Array): RgbFrames {
  const { width, height } = step.size!
  const length = 3 * rows.count * width * height
  const data = into.length === length ? into : new Uint8Array(length)
  step.view!.make(rows, bounds, data)
  return { data, width, height }
}

/** A copy of all frames, which transforms may overwrite. */
function whole(rows: FrameRows, { width, height }: Size): RgbFrames {
  const memory = scratch("frames", 3 * rows.count * width * height)
  return { data: allRows(rows, { width, height }, memory), width, height }
}

/** Copies finished frames to where they go, if they are not there already. */
function place({ data }: RgbFrames, pixels: PixelType, into: Uint8Array): void {
  const isFloat = data instanceof Float32Array
  if (isFloat !== (pixels === "f32")) {
    throw new TubeletError(
      `the transforms give ${isFloat ? "normalised floats" : "bytes"}, not the recipe's ${pixels}`,
      'set pixels to "f32" if the transforms include "normalise", otherwise to "u8"',
    )
  }
  const { buffer, byteOffset, byteLength } = data
  if (byteLength !== into.byteLength) {
    throw new TubeletError(
      `the transforms give ${byteLength} bytes, not ${into.byteLength}`,
      "a custom transform must keep the size, or return the new one as `size`, next to `apply`",
    )
  }
  if (buffer === into.buffer && byteOffset === into.byteOffset) return
  into.set(new Uint8Array(buffer, byteOffset, byteLength))
}

function requireInside({ x, y, width, height }: Rect, input: Size): void {
  if (Math.min(x, y) >= 0 && x + width <= input.width && y + height <= input.height) return
  throw new TubeletError(
    `a crop of ${width} x ${height} pixels does not fit into ${input.width} x ${input.height}`,
    'put "resize" before the crop',
  )
}

function requireSquare({ width, height }: Size, size: number): void {
  if (width === size && height === size) return
  throw new TubeletError(
    `the transforms give frames of ${width} x ${height} pixels, not ${size} x ${size}`,
    'add a crop, for example "centre-crop" after "resize"',
  )
}

/** The smallest rectangle that contains the parts of all views. */
export function boundsOf(views: readonly View[]): Rect {
  const parts = views.map(({ part }) => part)
  const x = Math.min(...parts.map((part) => part.x))
  const y = Math.min(...parts.map((part) => part.y))
  const right = Math.max(...parts.map((part) => part.x + part.width))
  const bottom = Math.max(...parts.map((part) => part.y + part.height))
  return { x, y, width: right - x, height: bottom - y }
}

/**
 * Makes views from frames cropped to `bounds`, [frames, size, size, 3] each, one after another in
 * `into`; returns the bytes of each.
 */
export function makeViews(
  views: readonly View[],
  frames: FrameRows,
  bounds: Rect,
  clip: ViewSize & { readonly frames: number },
  into?: Uint8Array,
): Uint8Array[] {
  const bytes = viewBytes(clip)
  const all = into ?? new Uint8Array(views.length * bytes)
  return views.map(({ make }, i) => {
    const data = all.subarray(i * bytes, (i + 1) * bytes)
    make(frames, bounds, data)
    return data
  })
}

/** Bytes per view. */
export const viewBytes = ({ frames, size, pixels }: ViewSize & { readonly frames: number }) =>
  (pixels === "f32" ? 4 : 1) * 3 * frames * size * size
