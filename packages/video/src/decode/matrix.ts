import { MediaError } from "./errors.js"

/**
 * Substitutes for colour matrices that FFmpeg does not convert from, by FFmpeg's names. The other
 * unsupported ones (YCgCo, ICtCp, ...) are too far from any supported one.
 */
export const standIns: Readonly<Record<string, string>> = {
  bt2020c: "bt2020nc",
  reserved: "unknown",
}

/** Matrices that FFmpeg does not convert from: its names by number. */
export const unsupportedMatrices: Readonly<Record<number, string>> = {
  8: "ycgco",
  11: "smpte2085",
  12: "chroma-derived-nc",
  13: "chroma-derived-c",
  14: "ictcp",
  15: "ipt-c2",
  16: "ycgco-re",
  17: "ycgco-ro",
}

/** The error for a video with such a matrix. */
export const unsupportedMatrix = (path: string, name: string) =>
  new MediaError(
    path,
    `FFmpeg cannot convert its colour matrix, ${name}, to RGB`,
    "convert the file to BT.709 or BT.2020 (non-constant luminance), or leave it out",
  )
