import { childProcess, fileSystem, operatingSystem } from "@tubelet/core/files"

/** Whether a process of this machine that began then still runs, under any user. */
export const isRunning = async ({ pid, began }: { readonly pid: number; readonly began: string }) =>
  exists(pid) && (await beginningOf(pid)) === began

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/**
 * When a process began, as its system tells it: with it an id is unique, though ids are used
 * again. Empty where the system does not say; not the beginning where it has ended.
 */
export const beginningOf = async (pid: number): Promise<string> =>
  (await operatingSystem()).platform() === "linux" ? fromProcessTable(pid) : fromPs(pid)

async function fromProcessTable(pid: number): Promise<string> {
  const { readFile } = await fileSystem()
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // The name in parentheses may hold spaces; after it come the state and, as the 20th field, the
  // start time, counted from the boot.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // One that has ended, though nobody has asked how: it will never free anything.
  if (fields[0] === "Z") return "ended"
  const ticks = fields[19] ?? ""
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
