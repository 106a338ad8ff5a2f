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
 * Converts decoded frames of any pixel format to 8-bit RGB, with the same bytes as PyAV. Applies a
 * frame's matrix, range and chroma siting, but not its transfer function and primaries.
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
    // Deliberately uninitialised: FFmpeg then takes matrix and range from each frame.
    this.#scale = new av.lib.SoftwareScaleContext()
    this.#scale.allocContext()
    this.#scale.setOption("sws_flags", "bilinear")
    this.#target = new av.lib.Frame()
    this.#target.alloc()
  }

  /**
   * Returns a view that the next conversion overwrites; undefined if the conversion failed.
   *
   * @throws MediaError if FFmpeg does not support the frame's matrix.
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

  /** Copies all other properties (fields, mastering data): they must be equal on both sides. */
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
