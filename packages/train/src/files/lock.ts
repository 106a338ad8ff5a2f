import { readFile, rm, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { TubeletError } from "@tubelet/core"

interface Holder {
  readonly pid: number
  /** When the process began, as its system counts it: a process id alone may be used again. */
  readonly began: string
  readonly host: string
}

/**
 * Takes a lock file for this process and gives the function that frees it. A holder that is no
 * longer running does not count.
 *
 * @throws TubeletError where another running process holds it.
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const { pid } = process
  const mine: Holder = { pid, began: await beginningOf(pid), host: hostname() }
  for (;;) {
    const taken = await writeFile(path, JSON.stringify(mine), { flag: "wx" }).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code === "EEXIST") return false
        throw error
      },
    )
    if (taken) return () => rm(path, { force: true })
    const holder = await holderOf(path)
    if (holder && (await isRunning(holder))) {
      throw new TubeletError(
        `another run (process ${holder.pid}) is writing there: it holds ${path}`,
        "wait for it, stop it, or choose another folder",
      )
    }
    await rm(path, { force: true })
  }
}

/** Who holds the lock; undefined where the file is cut short or gone. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>
    return typeof holder.pid === "number" ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

/** A holder on another machine cannot be asked: it counts as gone, so that no run is stuck. */
async function isRunning({ pid, began, host }: Holder): Promise<boolean> {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { code?: string }).code === "ESRCH") return false
  }
  return (await beginningOf(pid)) === began
}

/** The start time in Linux's process table; the same empty text for all where there is none. */
async function beginningOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // The name in parentheses may hold spaces; the start time is the 20th field after it.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
}
