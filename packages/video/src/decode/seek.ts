import type { KeyFrame, PacketIndex } from "./packet-index.js"

/** The key frame that a frame is decoded from. */
export function keyBefore({ keys, pts }: PacketIndex, frame: number): KeyFrame | undefined {
  const after = keys.findIndex((key) => key.pts > pts[frame])
  return after < 0 ? keys[keys.length - 1] : keys[after - 1]
}

/** Containers without an index of key frames are searched by the order of decoding. */
export const seeksByDts = (format: string) => /mpegts|mpeg\b|flv/.test(format)
