import { TubeletError } from "@tubelet/core"
import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { flagName } from "./flag-name.js"
import { typed } from "./typed.js"

/** The command was called wrongly: exit code 2. */
export class UsageError extends TubeletError {
  override name = "UsageError"
}

/** An error as people and programs want it. */
export interface Described {
  /** What and why, on one line. */
  readonly message: string
  /** What to do. */
  readonly advice: string
}

/** Prints an error: what and why, then what to do. Gives the exit code. */
export function printError(
  error: unknown,
  { log, debug }: { log: (line: string) => void; debug: boolean },
): number {
  const { message, advice } = described(error)
  log(`error: ${message}`)
  log(advice)
  if (debug) log(error instanceof Error ? (error.stack ?? "") : String(error))
  return error instanceof UsageError ? 2 : 1
}

export function described(error: unknown): Described {
  if (error instanceof TubeletError) {
    const { problem, advice = helpAdvice() } = error
    return { message: withFlags(oneLine(problem)), advice: withFlags(oneLine(advice)) }
  }
  const { code, path, message } = (error ?? {}) as NodeJS.ErrnoException
  if (code === "ENOENT" && path && isUndecodable(path))
    return { message: `${path}: ${undecodableName}`, advice: "rename it" }
  const known = code === undefined ? undefined : systemErrors[code]
  if (known) return { message: `${path ?? message}: ${known.what}`, advice: known.advice }
  return { message: oneLine(message ?? String(error)), advice: "add --debug to see where" }
}

export const helpAdvice = () => `see ${typed("tubelet COMMAND --help")}`

/** Libraries say "the option allowMissing"; here that is `--allow-missing`. */
const withFlags = (text: string): string =>
  text.replace(/\bthe option (\w+)/g, (_, field: string) => flagName(field))

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, "; ")

const systemErrors: Readonly<Record<string, { what: string; advice: string }>> = {
  ENOENT: { what: "no such file or folder", advice: "check the path" },
  EACCES: { what: "no permission", advice: "change its permissions, or choose another path" },
  EISDIR: { what: "is a folder, not a file", advice: "give a file" },
  ENOTDIR: { what: "is a file where a folder is needed", advice: "choose another path" },
  ENOSPC: { what: "the disk is full", advice: "free some space, or choose another path" },
  EROFS: { what: "the file system is read-only", advice: "choose another path" },
}
