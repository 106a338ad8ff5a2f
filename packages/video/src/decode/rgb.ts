import type { Frame } from "node-av/lib"
import type { NodeAv } from "./node-av.js"

/** Stored pixels as RGB: rows of `stride` bytes. */
export interface StoredPicture {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly stride: number
}

/** Converts decoded frames, whatever their pixel format, matrix and range, to 8-bit RGB. */
export class RgbConverter {
  private readonly scale
  private readonly target: Frame

  constructor(
    private readonly av: NodeAv,
    private readonly width: number,
    private readonly height: number,
  ) {
    // Left uninitialised on purpose: FFmpeg then reads matrix and range from each frame.
    this.scale = new av.lib.SoftwareScaleContext()
    this.scale.allocContext()
    this.target = new av.lib.Frame()
    this.target.alloc()
    this.target.format = av.constants.AV_PIX_FMT_RGB24
    this.target.width = width
    this.target.height = height
    this.target.getBuffer()
  }

  /** A view that the next conversion overwrites, or undefined where conversion failed. */
  convert(picture: Frame): StoredPicture | undefined {
    const { constants } = this.av
    // Interlaced frames stay woven, and chroma is taken as 8-bit video's always is: as the decoders
    // that the originals read with do. FFmpeg else refuses the first, and moves 10-bit chroma.
    picture.clearFlags(constants.AV_FRAME_FLAG_INTERLACED)
    picture.chromaLocation = constants.AVCHROMA_LOC_UNSPECIFIED
    if (this.scale.scaleFrameSync(this.target, picture) < 0) return undefined
    const data = this.target.data?.[0]
    if (!data) return undefined
    return { data, width: this.width, height: this.height, stride: this.target.linesize[0] }
  }

  close(): void {
    this.target.free()
    this.scale.freeContext()
  }
}
