import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test.skipIf(process.platform === "win32")(
  "with too many open files, a failed start is an error to the caller",
  async () => {
    const script = fileURLToPath(new URL("no-files-left.mjs", import.meta.url))
    const limited = 'ulimit -n 64; exec "$0" "$1"'
    const { stdout } = await promisify(execFile)("sh", ["-c", limited, process.execPath, script])
    expect(stdout.trim().split("\n")).toEqual(["EMFILE", "EMFILE", "TOO_MANY_OPEN_FILES"])
  },
)
