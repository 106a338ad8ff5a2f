import { TubeletError } from "@tubelet/core"
import {
  atExit,
  fileSystem,
  notWritten,
  operatingSystem,
  paths,
  syncFileSystem,
} from "@tubelet/core/files"
import { beginningOf, isRunning } from "./processes.js"

export interface Holder {
  /** No two holders have the same, ever. */
  readonly token: string
  readonly pid: number
  /** When the process began: a process id alone may be used again. */
  readonly began: string
  readonly host: string
}

/** Frees a lock. */
export type Release = () => Promise<void>

/**
 * Takes a lock file for this process and gives the function that frees it. Of several that try at
 * once exactly one gets it. A holder that is no longer running does not count, nor does one on
 * another machine, which cannot be asked. Node only.
 *
 * @throws TubeletError where another running process of this machine holds it.
 */
export async function takeLock(path: string): Promise<Release> {
  const taken = await tryLock(path, async () => true)
  if (typeof taken === "function") return taken
  throw new TubeletError(
    `process ${taken.pid} is writing there: it holds ${path}`,
    "wait for it, stop it, or choose another folder",
  )
}

/** Whether a lock's holder, who is on another machine, counts as gone. */
export type IsGone = (path: string, holder: Holder) => Promise<boolean>

/** Takes a lock, or says who has it. */
export async function tryLock(path: string, isGone: IsGone): Promise<Release | Holder> {
  const taken = await take(path, isGone)
  if (typeof taken === "function") await clearScratch(path)
  return taken
}

async function take(path: string, isGone: IsGone): Promise<Release | Holder> {
  const { pid } = process
  const [token, host] = [crypto.randomUUID(), await hostname()]
  const mine: Holder = { token, pid, began: await beginningOf(pid), host }
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
 * Removes a dead holder's lock, never that of a process which took its place meanwhile: who
 * removes has to hold a lock that is named after the dead one. Gives another who is at it.
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

/** What the names of the files beside a lock have after its own. */
const [draft, after] = ["~draft-", "~after-"]

/**
 * Removes what killed processes left beside a lock that is now held. A living one's draft may be
 * among it: it makes another. Nobody's turn is, as the lock it was about has gone.
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

/** Creates a lock file, whole from its first moment; false where there is one. */
async function created(path: string, holder: Holder): Promise<boolean> {
  const fs = await fileSystem()
  const written = `${path}${draft}${holder.token}`
  try {
    await fs.writeFile(written, JSON.stringify(holder)).catch(async (cause) => {
      throw await notWritten(path, cause)
    })
    await fs.link(written, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" || error.code === "ENOENT") throw error
      // A file system without links.
      return fs.copyFile(written, path, fs.constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    // ENOENT: the one who holds the lock has cleared the drafts away.
    if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false
    throw error
  } finally {
    await fs.rm(written, { force: true })
  }
}

const unknown: Holder = { token: "unknown", pid: 0, began: "", host: "" }

/** Who holds the lock; undefined where nobody does. */
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
  // Cut short by a power cut: no running process leaves such a file.
  if (holder.token === unknown.token) return true
  if (holder.host !== (await hostname())) return isGone(path, holder)
  return !(await isRunning(holder))
}

const hostname = async () => (await operatingSystem()).hostname()
