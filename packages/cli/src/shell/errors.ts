import { TubeletError } from "@tubelet/core"
import { isDiskFull, systemReason } from "@tubelet/core/files"
import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { adviceOn } from "./advice.js"
import { typed } from "./typed.js"

/** The command was called wrongly: exit code 2. */
export class UsageError extends TubeletError {
  override name = "UsageError"
}

/** An error for people and programs. */
export interface Described {
  /** What went wrong, on one line. */
  readonly message: string
  /** What to do. */
  readonly advice: string
}

interface Printing {
  log(line: string): void
  readonly debug?: boolean
  /** The flags of the command that failed. */
  readonly flags?: object
}

/** Prints an error: what went wrong, then what to do. Returns the exit code. */
export function printError(error: unknown, { log, debug, flags }: Printing): number {
  const { message, advice } = described(error, flags)
  log(`error: ${message}`)
  log(advice)
  if (debug) log(error instanceof Error ? (error.stack ?? "") : String(error))
  return error instanceof UsageError ? 2 : 1
}

/** Describes an error; advice names `flags`, those of the command that failed. */
export function described(error: unknown, flags: object = {}): Described {
  if (error instanceof TubeletError) {
    const { problem, advice = helpAdvice(), code = "" } = error
    return { message: oneLine(problem), advice: oneLine(adviceOn(code, flags) ?? advice) }
  }
  const { code = "", path, message } = (error ?? {}) as NodeJS.ErrnoException
  if (code === "ENOENT" && path && isUndecodable(path))
    return { message: `${path}: ${undecodableName}`, advice: "rename it" }
  const reason = code === "ENOENT" ? "no such file or folder" : systemReason(code)
  if (reason === undefined) {
    return { message: oneLine(message ?? String(error)), advice: "add --debug to see the stack" }
  }
  return { message: `${path ?? message}: ${reason}`, advice: adviceOnPath(code) }
}

function adviceOnPath(code: string): string {
  if (isDiskFull(code)) return "free some space, or choose another disk"
  return code === "ENOENT" ? "check the path" : "choose another path"
}

export const helpAdvice = () => `see ${typed("tubelet COMMAND --help")}`

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, "; ")
