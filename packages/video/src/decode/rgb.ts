import type { Frame } from "node-av/lib"
import { unsupportedMatrices, unsupportedMatrix } from "./matrix.js"
import type { NodeAv } from "./node-av.js"

/** Stored pixels as RGB: rows of `stride` bytes. */
export interface StoredPicture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly stride: number
}

/**
 * Converts decoded frames, whatever their pixel format, to 8-bit RGB: PyAV's bytes. A frame's
 * matrix, range and chroma siting count; its transfer and primaries do not, so tones and gamut stay
 * as stored.
 */
export class RgbConverter {
  readonly #av: NodeAv
  readonly #path: string
  readonly #size: { readonly width: number; readonly height: number }
  readonly #scale
  readonly #target: Frame

  constructor(av: NodeAv, path: string, width: number, height: number) {
    this.#av = av
    this.#path = path
    this.#size = { width, height }
    // Left uninitialised on purpose: FFmpeg then reads matrix and range from each frame.
    this.#scale = new av.lib.SoftwareScaleContext()
    this.#scale.allocContext()
    this.#scale.setOption("sws_flags", "bilinear")
    this.#target = new av.lib.Frame()
    this.#target.alloc()
  }

  /**
   * A view that the next conversion overwrites, or undefined where conversion failed.
   *
   * @throws MediaError where FFmpeg does not know the frame's matrix.
   */
  convert(picture: Frame): StoredPicture | undefined {
    this.#takeAsStored(picture)
    if (this.#scale.scaleFrameSync(this.#targetLike(picture), picture) < 0) {
      const matrix = unsupportedMatrices[picture.colorSpace]
      if (matrix) throw unsupportedMatrix(this.#path, matrix)
      return undefined
    }
    const data = this.#target.data?.[0]
    if (!data) return undefined
    return { data, ...this.#size, stride: this.#target.linesize[0] }
  }

  close(): void {
    this.#target.free()
    this.#scale.freeContext()
  }

  #takeAsStored(picture: Frame): void {
    const { constants } = this.#av
    picture.colorTrc = constants.AVCOL_TRC_UNSPECIFIED
    picture.colorPrimaries = constants.AVCOL_PRI_UNSPECIFIED
    const { colorSpace } = picture
    if (colorSpace === constants.AVCOL_SPC_RESERVED)
      picture.colorSpace = constants.AVCOL_SPC_UNSPECIFIED
    if (colorSpace === constants.AVCOL_SPC_BT2020_CL)
      picture.colorSpace = constants.AVCOL_SPC_BT2020_NCL
  }

  /** Whatever else a picture says of itself (fields, mastering data) must hold on both sides. */
  #targetLike(picture: Frame): Frame {
    const target = this.#target
    target.unref()
    target.copyProps(picture)
    target.format = this.#av.constants.AV_PIX_FMT_RGB24
    target.width = this.#size.width
    target.height = this.#size.height
    target.getBuffer()
    return target
  }
}
