import type { Keyframe, PacketIndex } from "./packet-index.js"

/** The keyframe that decoding of a frame starts at. */
export function keyBefore({ keys, pts }: PacketIndex, frame: number): Keyframe | undefined {
  const after = keys.findIndex((key) => key.pts > pts[frame])
  return after < 0 ? keys[keys.length - 1] : keys[after - 1]
}

/** Containers without a keyframe index seek by decoding time. */
export const seeksByDts = (format: string) => /mpegts|mpeg\b|flv/.test(format)
