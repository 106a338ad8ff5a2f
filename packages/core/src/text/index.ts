import { TubeletError } from "../errors.js"

export { csvText } from "./csv.js"
export { shellWord } from "./shell-word.js"
export { isUndecodable, undecodableName } from "./undecodable.js"

/**
 * Decodes a text file in UTF-8, without its byte-order mark.
 *
 * @throws TubeletError that names the file and its actual encoding.
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const other = otherEncoding(bytes)
  try {
    if (!other) return utf8.decode(bytes)
  } catch {
    // Reported below.
  }
  throw new TubeletError(
    `${file} is ${other ? `text in ${other}` : "not text in UTF-8"}`,
    "save it as UTF-8",
  )
}

/**
 * Parses JSON in UTF-8, with or without a byte-order mark.
 *
 * @throws TubeletError that names the file.
 */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  const text = decodeText(bytes, file)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TubeletError(`${file} is not JSON: ${(cause as Error).message}`, "correct it", {
      cause,
    })
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** How files begin, in hex: with a byte-order mark, or with a letter between zero bytes. */
const others = [
  ["UTF-32", /^(fffe0000|0000feff|(?!00)..000000|000000(?!00)..)/],
  ["UTF-16", /^(fffe|feff|(?!00)..00(?!00)|00(?!00)..)/],
] as const

function otherEncoding(bytes: Uint8Array): string | undefined {
  const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"))
  return others.find(([, pattern]) => pattern.test(start.join("")))?.[0]
}
