import { TubeletError } from "@tubelet/core"
import { systemReason } from "@tubelet/core/files"
import { MediaError } from "./errors.js"

/** The machine is at fault, not a file: others would fail too, so no clip is skipped. */
export class MachineError extends TubeletError {
  override name = "MachineError"
}

interface Trouble {
  /** The error's code, for programs. */
  readonly code?: string
  /** The system's error codes. */
  readonly codes: readonly string[]
  /** The system's message, if a library passes on nothing else. */
  readonly words: RegExp
  readonly problem: string | undefined
  readonly advice: string
}

const freeSpace = "free some space, or set TMPDIR to a folder on another disk"

const troubles: readonly Trouble[] = [
  {
    codes: ["EMFILE", "ENFILE"],
    words: /too many open files/i,
    code: "TOO_MANY_OPEN_FILES",
    problem: "too many open files",
    advice: "raise the limit (ulimit -n), or lower `workers`",
  },
  {
    codes: ["ENOMEM", "EAGAIN"],
    words: /cannot allocate memory|resource temporarily unavailable|buffer allocation failed/i,
    code: "OUT_OF_MEMORY",
    problem: "out of memory or processes",
    advice: "lower `workers`, end other programs, or raise the limits (ulimit -u, -v)",
  },
  {
    codes: ["ENOSPC", "EDQUOT", "EFBIG"],
    words: /no space left|quota exceeded/i,
    problem: systemReason("ENOSPC"),
    advice: freeSpace,
  },
  {
    codes: ["EROFS"],
    words: /read-only file system/i,
    problem: systemReason("EROFS"),
    advice: freeSpace,
  },
]

/** The error as a MachineError, if it is one; undefined if a file may be at fault. */
export function machineError(error: unknown): MachineError | undefined {
  if (error instanceof MachineError) return error
  if (!(error instanceof Error)) return undefined
  const { code, syscall = "", message } = error as NodeJS.ErrnoException
  // A file name may contain such words.
  const said = error instanceof MediaError ? message.replaceAll(error.path, "") : message
  const trouble = troubles.find(({ codes, words }) =>
    code === undefined ? words.test(said) : codes.includes(code),
  )
  const cause = { cause: error }
  if (trouble) {
    const { problem, advice, code } = trouble
    const options = { ...cause, ...(code !== undefined && { code }) }
    return new MachineError(`${problem} (${said.split("\n")[0].trim()})`, advice, options)
  }
  if (!syscall.startsWith("spawn")) return undefined
  return new MachineError(`a program cannot be started (${message})`, "check its path", cause)
}
