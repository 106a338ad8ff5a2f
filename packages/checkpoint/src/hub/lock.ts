import { fileSystem, operatingSystem } from "../files/node.js"

/**
 * Does work that one process at a time may do; others wait. A lock of a process that is gone is
 * taken over: so a killed download goes on where it stopped.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const fs = await fileSystem()
  const host = (await operatingSystem()).hostname()
  const mine = JSON.stringify({ pid: process.pid, host })
  while (!(await taken(path, mine))) {
    if (await abandoned(path, host)) await fs.rm(path, { force: true })
    else await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    await fs.rm(path, { force: true })
  }
}

async function taken(path: string, owner: string): Promise<boolean> {
  const fs = await fileSystem()
  try {
    await fs.writeFile(path, owner, { flag: "wx" })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}

async function abandoned(path: string, here: string): Promise<boolean> {
  const fs = await fileSystem()
  const text = await fs.readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return false
  const { pid, host } = owner(text)
  // Half written, or of another machine: not ours to judge, unless it is old.
  if (pid === undefined || host !== here) return (await ageOf(path)) > oneDay
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH"
  }
}

function owner(text: string): { pid?: number; host?: string } {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

const oneDay = 24 * 3600 * 1000

async function ageOf(path: string): Promise<number> {
  const stat = await (await fileSystem()).stat(path).catch(() => undefined)
  return stat ? Date.now() - stat.mtimeMs : 0
}
