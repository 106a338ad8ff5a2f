// A disk of a few KiB, for tests of a full disk.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Runs a program as root, or with sudo if that needs no password. */
const asRoot = (...command) =>
  execFileSync("sh", ["-c", '"$@" 2>/dev/null || exec sudo -n "$@"', "sh", ...command], {
    stdio: "ignore",
  })

/** Calls `work` with the folder of a disk of `kib` KiB, and removes the disk afterwards. */
export async function onSmallDisk(kib, work) {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-disk-"))
  try {
    const options = `size=${kib}k,uid=${process.getuid()},mode=700`
    asRoot("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)
    try {
      return await work(folder)
    } finally {
      asRoot("umount", "--lazy", folder)
    }
  } finally {
    rmdirSync(folder)
  }
}

/** Whether this user can mount such a disk. */
export const smallDisks = await onSmallDisk(4, () => true).catch(() => false)
