import { TubeletError } from "@tubelet/core"
import { MediaError } from "./errors.js"

/** The machine is in trouble, and not a file: others would fail alike, so none is skipped. */
export class MachineError extends TubeletError {
  override name = "MachineError"
}

const OPEN = "Raise the limit (ulimit -n), or use fewer --workers."
const MEMORY =
  "Use fewer --workers, end other programs, or raise the limits (ulimit -u, ulimit -v)."
const SPACE = "Free some space, or set TMPDIR to a folder that has some."

/** By the system's name for it, and by its words, where a library hands on no more. */
const TROUBLES: readonly (readonly [codes: string, words: RegExp, what: string, advice: string])[] =
  [
    ["EMFILE ENFILE", /too many open files/i, "too many open files", OPEN],
    [
      "ENOMEM EAGAIN",
      /cannot allocate memory|resource temporarily unavailable|buffer allocation failed/i,
      ...["no memory or no process to be had", MEMORY],
    ] as const,
    ["ENOSPC EDQUOT EFBIG", /no space left|quota exceeded/i, "the disk is full", SPACE],
    ["EROFS", /read-only file system/i, "the file system is read-only", SPACE],
  ]

/** The error as one of the machine, where it is; undefined where a file may be at fault. */
export function machineError(error: unknown): MachineError | undefined {
  if (error instanceof MachineError) return error
  if (!(error instanceof Error)) return undefined
  const { code, syscall = "", message } = error as NodeJS.ErrnoException
  // A file may be called like a trouble.
  const words = error instanceof MediaError ? message.replaceAll(error.path, "") : message
  const known = TROUBLES.find(([codes, pattern]) =>
    code === undefined ? pattern.test(words) : codes.split(" ").includes(code),
  )
  const [, , what, advice] = known ?? []
  const cause = { cause: error }
  if (what) return new MachineError(`${what} (${words.split("\n")[0].trim()})`, advice, cause)
  if (!syscall.startsWith("spawn")) return undefined
  return new MachineError(`a program cannot be started (${message})`, "Check its path.", cause)
}
