import { TubeletError } from "../errors.js"
import { exists } from "./exists.js"
import { fileSystem, paths } from "./node.js"
import { isDiskFull, systemReason } from "./system-reason.js"

/** A system error: its code, such as `ENOSPC`. */
type SystemError = NodeJS.ErrnoException

/** The error for a path that cannot be written: the reason and what to do. */
export const notWritten = (
  path: string,
  cause: SystemError,
  advice?: string,
): Promise<TubeletError> => failure("write", path, cause, advice)

/** The same for a folder that cannot be created. */
export const notMade = (path: string, cause: SystemError): Promise<TubeletError> =>
  failure("create", path, cause)

async function failure(
  verb: string,
  path: string,
  cause: SystemError,
  advice?: string,
): Promise<TubeletError> {
  if (cause instanceof TubeletError) return cause
  const { resolve } = await paths()
  const { code = "" } = cause
  const full = isDiskFull(code)
  const why = full
    ? `${systemReason(code)} (mounted at ${await diskOf(resolve(path))})`
    : code === "ENOENT"
      ? await absence(resolve(path))
      : (systemReason(code) ?? plain(cause))
  const remedy = full ? "free some space, or choose another disk" : "choose another path"
  return new TubeletError(`cannot ${verb} ${path}: ${why}`, advice ?? remedy, { cause })
}

/** A parent folder is missing, or nothing can be created there, as in /proc. */
async function absence(path: string): Promise<string> {
  const folder = (await paths()).dirname(path)
  return (await exists(folder))
    ? "nothing can be created there"
    : `the folder ${folder} does not exist`
}

/** `EBADMSG: bad message, open '/x'` -> `bad message` */
const plain = ({ message }: Error): string =>
  /^[A-Z0-9_]+: (.+?)(?:, \w+(?: '.*)?)?$/s.exec(message)?.[1] ?? message

/**
 * The mount point of the disk that holds `path`, whether it exists or not: users know disks by it.
 */
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
