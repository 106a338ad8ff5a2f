import { childProcess, fileSystem, operatingSystem } from "./node.js"

/** Whether a process of this machine exists, under any user. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/**
 * When a process began, as its system tells it: with it an id is unique, though ids are used
 * again. Empty where the system does not say.
 */
export const beginningOf = async (pid: number): Promise<string> =>
  (await operatingSystem()).platform() === "linux" ? fromProcessTable(pid) : fromPs(pid)

async function fromProcessTable(pid: number): Promise<string> {
  const { readFile } = await fileSystem()
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // The name in parentheses may hold spaces; the start time is the 20th field after it, counted
  // from the boot.
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")
  return `${boot.trim()} ${ticks}`.trim()
}

async function fromPs(pid: number): Promise<string> {
  const { execFile } = await childProcess()
  return new Promise((resolve) => {
    execFile("ps", ["-o", "lstart=", "-p", String(pid)], (error, found) => {
      resolve(error ? "" : found.trim())
    })
  })
}
