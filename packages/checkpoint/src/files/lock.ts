import { TubeletError } from "@tubelet/core"
import {
  atExit,
  fileSystem,
  notWritten,
  operatingSystem,
  paths,
  syncFileSystem,
} from "@tubelet/core/files"
import { isRunning, startTimeOf } from "./processes.js"

export interface Holder {
  /** Unique to this holder. */
  readonly token: string
  readonly pid: number
  /** When the process started: process ids are reused. */
  readonly began: string
  readonly host: string
}

/** Releases a lock. */
export type Release = () => Promise<void>

/**
 * Takes a lock file for this process and returns the function that releases it. If several
 * processes try at once, exactly one succeeds. A lock is taken over if its holder no longer runs,
 * or is on another machine, where that cannot be checked. Node only.
 *
 * @throws TubeletError if another running process on this machine holds the lock.
 */
export async function takeLock(path: string): Promise<Release> {
  const taken = await tryLock(path, async () => true)
  if (typeof taken === "function") return taken
  throw new TubeletError(
    `process ${taken.pid} is writing to this folder: it holds the lock ${path}`,
    "wait for it, stop it, or choose another folder",
  )
}

/** Whether a lock's holder on another machine counts as dead. */
export type IsGone = (path: string, holder: Holder) => Promise<boolean>

/** Takes a lock, or returns its holder. */
export async function tryLock(path: string, isGone: IsGone): Promise<Release | Holder> {
  const taken = await take(path, isGone)
  if (typeof taken === "function") await clearScratch(path)
  return taken
}

async function take(path: string, isGone: IsGone): Promise<Release | Holder> {
  const { pid } = process
  const [token, host] = [crypto.randomUUID(), await hostname()]
  const mine: Holder = { token, pid, began: await startTimeOf(pid), host }
  while (!(await created(path, mine))) {
    const holder = await holderOf(path)
    if (holder === undefined) continue
    const remover = (await isDead(path, holder, isGone))
      ? await removeDead(path, holder, isGone)
      : holder
    if (remover) return remover
  }
  const { readFileSync, rmSync } = await syncFileSystem()
  const done = atExit(() => {
    if (readFileSync(path, "utf8").includes(token)) rmSync(path)
  })
  return async () => {
    done()
    await removeOf(path, mine)
  }
}

async function removeOf(path: string, { token }: Holder): Promise<void> {
  if ((await holderOf(path))?.token !== token) return
  await (await fileSystem()).rm(path, { force: true })
}

/**
 * Removes a dead holder's lock, but never one that another process has taken since: the remover
 * must hold a lock named after the dead holder. Returns another process that is already removing
 * it.
 */
async function removeDead(path: string, dead: Holder, isGone: IsGone): Promise<Holder | undefined> {
  const turn = await take(`${path}${after}${dead.token}`, isGone)
  if (typeof turn !== "function") return turn
  try {
    await removeOf(path, dead)
  } finally {
    await turn()
  }
  return undefined
}

/** Suffixes of the scratch files next to a lock. */
const [draft, after] = ["~draft-", "~after-"]

/**
 * Removes scratch files that killed processes left next to a lock, which is now held. A live
 * process may lose its draft, and writes another. No removal can be in progress, since the dead
 * holder's lock is gone.
 */
async function clearScratch(path: string): Promise<void> {
  const fs = await fileSystem()
  const { basename, dirname, join } = await paths()
  const name = basename(path)
  for (const found of await fs.readdir(dirname(path))) {
    if (!found.startsWith(name + draft) && !found.startsWith(name + after)) continue
    await fs.rm(join(dirname(path), found), { force: true }).catch(() => {})
  }
}

/** Creates a lock file atomically; false if there already is one. */
async function created(path: string, holder: Holder): Promise<boolean> {
  const fs = await fileSystem()
  const written = `${path}${draft}${holder.token}`
  try {
    await fs.writeFile(written, JSON.stringify(holder)).catch(async (cause) => {
      throw await notWritten(path, cause)
    })
    await fs.link(written, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" || error.code === "ENOENT") throw error
      // The file system has no hard links.
      return fs.copyFile(written, path, fs.constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    // ENOENT: the lock's holder has removed the drafts.
    if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false
    throw error
  } finally {
    await fs.rm(written, { force: true })
  }
}

const unknown: Holder = { token: "unknown", pid: 0, began: "", host: "" }

/** The lock's holder; undefined if it is free. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const fs = await fileSystem()
  const text = await fs.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<Holder>) }
  } catch {
    return unknown
  }
}

async function isDead(path: string, holder: Holder, isGone: IsGone): Promise<boolean> {
  // Truncated by a power failure: no running process leaves such a file.
  if (holder.token === unknown.token) return true
  if (holder.host !== (await hostname())) return isGone(path, holder)
  return !(await isRunning(holder))
}

const hostname = async () => (await operatingSystem()).hostname()
