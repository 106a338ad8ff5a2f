import { crc32 } from "@tubelet/core/checksum"

/** Hexadecimal digits of a checksum. */
export const digits = 8

/** The checksums of clips' names, in order, as one string: `clipNames` in a checkpoint. */
export const marksOf = (names: readonly string[]): string =>
  names
    .map((name) => crc32(new TextEncoder().encode(name)).toString(16).padStart(digits, "0"))
    .join("")
