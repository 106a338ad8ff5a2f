/** Letters, marks and digits of any script, and characters without meaning to any shell. */
const PLAIN = /^[\p{L}\p{M}\p{N}_@%+=:,./-]+$/u
/** Adds the backslash; the command prompt expands `%`, PowerShell `@`. */
const PLAIN_ON_WINDOWS = /^[\p{L}\p{M}\p{N}_+=:./\\-]+$/u

/**
 * Quotes a path as one word of a command line that a user may paste. Adds `./` if the command would
 * mistake it for a flag or a model on the hub.
 */
export function shellWord(path: string, platform = platformHere()): string {
  const word = /^(-|hf:)/.test(path) ? `./${path}` : path
  if (platform === "win32") return PLAIN_ON_WINDOWS.test(word) ? word : `"${word}"`
  if (PLAIN.test(word)) return word
  // A line break in single quotes would be pasted as one.
  if (/\p{Cc}/u.test(word)) return `$'${word.replace(/[\\'\p{Cc}]/gu, escaped)}'`
  return `'${word.replaceAll("'", "'\\''")}'`
}

function escaped(character: string): string {
  if (/[\\']/.test(character)) return `\\${character}`
  const code = character.charCodeAt(0)
  return code < 128 ? `\\x${code.toString(16).padStart(2, "0")}` : character
}

/** Browsers have no shell, and may have no `process`. */
const platformHere = (): string => globalThis.process?.platform ?? "linux"
