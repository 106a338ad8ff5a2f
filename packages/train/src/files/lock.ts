import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import { copyFile, link, readFile, rm, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { basename, dirname, join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { beginningOf, exists } from "./processes.js"
import { scratch } from "./scratch.js"

interface Holder {
  /** No two holders have the same, ever. */
  readonly token: string
  readonly pid: number
  /** When the process began: a process id alone may be used again. */
  readonly began: string
  readonly host: string
}

/**
 * Takes a lock file for this process and gives the function that frees it. Of several that try at
 * once exactly one gets it. A holder that is no longer running does not count.
 *
 * @throws TubeletError where another running process holds it.
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const { pid } = process
  const mine: Holder = {
    ...{ token: randomUUID(), pid, began: await beginningOf(pid), host: hostname() },
  }
  while (!(await created(path, mine))) {
    const holder = await holderOf(path)
    if (holder === undefined) continue
    if (await isRunning(holder)) {
      throw new TubeletError(
        `another run (process ${holder.pid}) is writing there: it holds ${path}`,
        "wait for it, stop it, or choose another folder",
      )
    }
    await removeDead(path, holder)
  }
  return () => removeOf(path, mine)
}

async function removeOf(path: string, { token }: Holder): Promise<void> {
  if ((await holderOf(path))?.token === token) await rm(path, { force: true })
}

/**
 * Removes a dead holder's lock, never that of a process which took its place meanwhile: who
 * removes has to hold a lock that is named after the dead one.
 */
async function removeDead(path: string, dead: Holder): Promise<void> {
  const turn = `${scratch}after-${dead.token}${basename(path)}`
  const release = await takeLock(join(dirname(path), turn))
  try {
    await removeOf(path, dead)
  } finally {
    await release()
  }
}

/** Creates a lock file, whole from its first moment; false where there is one. */
async function created(path: string, holder: Holder): Promise<boolean> {
  const draft = join(dirname(path), `${scratch}lock-draft-${randomUUID()}`)
  await writeFile(draft, JSON.stringify(holder))
  try {
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" || error.code === "ENOENT") throw error
      // A file system without links.
      return copyFile(draft, path, constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    // ENOENT: the one who holds the lock has cleared the drafts away.
    if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

const unknown: Holder = { token: "unknown", pid: 0, began: "", host: "" }

/** Who holds the lock; undefined where nobody does. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<Holder>) }
  } catch {
    return unknown // Cut short by a power cut: no running process leaves such a file.
  }
}

/** A holder on another machine cannot be asked: it counts as gone, so that no run is stuck. */
const isRunning = async ({ pid, began, host }: Holder): Promise<boolean> =>
  host === hostname() && exists(pid) && (await beginningOf(pid)) === began
