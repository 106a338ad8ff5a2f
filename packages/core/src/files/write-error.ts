import { TubeletError } from "../errors.js"
import { exists } from "./exists.js"
import { fileSystem, paths } from "./node.js"

/** An error of the system: its code, such as `ENOSPC`. */
type SystemError = NodeJS.ErrnoException

/** What a user is told where `path` could not be written: why, and what to do. */
export const notWritten = (
  path: string,
  cause: SystemError,
  advice?: string,
): Promise<TubeletError> => failure("written", path, cause, advice)

/** The same of a folder that could not be made. */
export const notMade = (path: string, cause: SystemError): Promise<TubeletError> =>
  failure("made", path, cause)

async function failure(
  done: string,
  path: string,
  cause: SystemError,
  advice?: string,
): Promise<TubeletError> {
  if (cause instanceof TubeletError) return cause
  const { resolve } = await paths()
  const { code = "" } = cause
  const full = fullDisk[code]
  const why = full
    ? `${full} (mounted at ${await diskOf(resolve(path))})`
    : code === "ENOENT"
      ? await absence(resolve(path), done)
      : (reasons[code] ?? plain(cause))
  const remedy = full ? "free some space, or choose another disk" : "choose another path"
  return new TubeletError(`${path} cannot be ${done}: ${why}`, advice ?? remedy, { cause })
}

/** A folder above is missing, or it is one of those where nothing can be made, as /proc. */
async function absence(path: string, done: string): Promise<string> {
  const folder = (await paths()).dirname(path)
  return (await exists(folder)) ? `nothing can be ${done} there` : `there is no folder ${folder}`
}

const fullDisk: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota on the disk is used up",
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a file stands where a folder is needed",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EFBIG: "the file would be larger than its disk or this process may hold",
  EIO: "the disk reports an error",
  ENOTCONN: "the disk is no longer connected",
  ESTALE: "the disk is no longer connected",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
  ERR_INVALID_ARG_VALUE: "a path cannot hold a NUL character",
}

/** `EBADMSG: bad message, open '/x'` -> `bad message` */
const plain = ({ message }: Error): string =>
  /^[A-Z0-9_]+: (.+?)(?:, \w+(?: '.*)?)?$/s.exec(message)?.[1] ?? message

/** Where the disk that holds `path`, there or not yet, is mounted: the user knows it by that. */
async function diskOf(path: string): Promise<string> {
  const fs = await fileSystem()
  const { dirname } = await paths()
  const device = async (at: string) =>
    fs.stat(at).then(
      ({ dev }) => dev,
      () => undefined,
    )
  let at = path
  while ((await device(at)) === undefined && dirname(at) !== at) at = dirname(at)
  const disk = await device(at)
  while (dirname(at) !== at && (await device(dirname(at))) === disk) at = dirname(at)
  return at
}
