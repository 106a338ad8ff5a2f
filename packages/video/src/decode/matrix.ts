import { MediaError } from "./errors.js"

/**
 * What stands for a matrix that FFmpeg does not convert from, by FFmpeg's names. The others of that
 * kind (YCgCo, ICtCp, ...) are too far from any that it does.
 */
export const standIns: Readonly<Record<string, string>> = {
  bt2020c: "bt2020nc",
  reserved: "unknown",
}

/** FFmpeg's names of the matrices that it does not convert from, by their numbers. */
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

/** Why a video in such a matrix cannot be read. */
export const unsupportedMatrix = (path: string, name: string) =>
  new MediaError(
    path,
    `its colours are stored as ${name}, from which FFmpeg makes no RGB`,
    "Convert the file to BT.709 or BT.2020 (non-constant luminance), or leave it out.",
  )
