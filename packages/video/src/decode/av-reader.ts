import type { Decoded, Decoder } from "./decoder.js"
import type { NodeAv } from "./node-av.js"
import type { Keyframe, PacketIndex } from "./packet-index.js"
import { RgbConverter } from "./rgb.js"
import { keyBefore } from "./seek.js"
import type { FrameReader, StreamFacts, TakePicture } from "./video-source.js"

/** Reads frames with one decoder that advances sequentially and seeks as rarely as possible. */
export class AvReader implements FrameReader {
  readonly #decoder: Decoder
  readonly #index: PacketIndex
  readonly #rgb: RgbConverter
  /** Index of the last frame decoded since the last seek; -1 if none. */
  #position = -1
  #moved = false
  /** Frames skipped without decoding since the last seek; reading one means seeking back. */
  readonly #passed = new Set<number>()
  readonly #indexOf: Map<number, number>

  constructor(
    av: NodeAv,
    decoder: Decoder,
    index: PacketIndex,
    { path, width, height }: Pick<StreamFacts, "path" | "width" | "height">,
  ) {
    this.#decoder = decoder
    this.#index = index
    decoder.corrupt = index.corrupt
    this.#indexOf = new Map(index.pts.map((pts, i) => [pts, i]))
    this.#rgb = new RgbConverter(av, path, width, height)
  }

  get delay(): number {
    return this.#decoder.delay
  }

  read(frames: readonly number[], take: TakePicture): void {
    const wanted = new Set(frames)
    for (const frame of frames) {
      const decoded = this.#reach(frame, wanted)
      const stored = decoded && this.#rgb.convert(decoded.picture)
      if (stored) take(frame, stored, !decoded.damaged && this.#indexOf.get(decoded.pts) === frame)
    }
  }

  close(): void {
    this.#rgb.close()
    this.#decoder.close()
  }

  /** Decodes up to a frame; returns the next one if the frame itself never appears. */
  #reach(frame: number, wanted: ReadonlySet<number>): Decoded | undefined {
    if (this.#needsMove(frame)) this.#move(keyBefore(this.#index, frame))
    const decoded = this.#walk(frame, wanted)
    if (decoded && this.#indexOf.get(decoded.pts) === frame) return decoded
    // The seek landed too late, as it may in transport streams: decode from the start.
    this.#decoder.rewind()
    this.#forget()
    return this.#walk(frame, wanted)
  }

  #walk(frame: number, wanted: ReadonlySet<number>): Decoded | undefined {
    const target = this.#index.pts[frame]
    const wants = (pts: number) => {
      const index = this.#indexOf.get(pts)
      if (index === undefined || wanted.has(index)) return true
      this.#passed.add(index)
      return false
    }
    for (;;) {
      const decoded = this.#decoder.next(wants)
      if (!decoded) return undefined
      this.#position = this.#indexOf.get(decoded.pts) ?? this.#position
      if (decoded.pts >= target) return decoded
    }
  }

  #needsMove(frame: number): boolean {
    if (!this.#moved || frame <= this.#position || this.#passed.has(frame)) return true
    const key = keyBefore(this.#index, frame)
    return key !== undefined && key.pts > this.#index.pts[Math.max(0, this.#position)]
  }

  #move(key: Keyframe | undefined): void {
    if (this.#index.untimed || !key || !this.#decoder.seek(key)) this.#decoder.rewind()
    this.#forget()
  }

  #forget(): void {
    this.#moved = true
    this.#position = -1
    this.#passed.clear()
  }
}
