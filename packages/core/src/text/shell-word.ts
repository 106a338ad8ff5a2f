/** Letters, marks and digits of any script, and what no shell gives a meaning. */
const PLAIN = /^[\p{L}\p{M}\p{N}_@%+=:,./-]+$/u
/** With the backslash; the command prompt expands `%`, PowerShell `@`. */
const PLAIN_ON_WINDOWS = /^[\p{L}\p{M}\p{N}_+=:./\\-]+$/u

/**
 * A path as one word of a command line, for commands that a user may paste: quoted where a shell
 * would take it apart, and after `./` where the command would take it for a flag or for a model of
 * the hub.
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

/** Pages have no shell, and may have no `process`. */
const platformHere = (): string => globalThis.process?.platform ?? "linux"
