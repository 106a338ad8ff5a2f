import { childProcess, fileSystem, operatingSystem } from "@tubelet/core/files"

/** Whether the process with this id and start time still runs on this machine, under any user. */
export const isRunning = async ({ pid, began }: { readonly pid: number; readonly began: string }) =>
  exists(pid) && (await startTimeOf(pid)) === began

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/**
 * A process's start time as reported by the system, which makes a reused id unique. Empty if the
 * system does not report it; "ended" for a zombie.
 */
export const startTimeOf = async (pid: number): Promise<string> =>
  (await operatingSystem()).platform() === "linux" ? fromProcessTable(pid) : fromPs(pid)

async function fromProcessTable(pid: number): Promise<string> {
  const { readFile } = await fileSystem()
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // The name, in parentheses, may contain spaces. After it comes the state and, as the 20th field,
  // the start time since boot.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // A zombie will never release anything.
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
