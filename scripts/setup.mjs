// Sets the workspace up on a machine that has only Node and npm. Does nothing where that is done.
import { spawnSync } from "node:child_process"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const done = join(root, "node_modules", ".tubelet-setup")

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Installs the locked dependencies unless the last installation is newer than the lock file. */
export function setUp() {
  const [major] = process.versions.node.split(".")
  if (Number(major) < 20) fail(`Node ${process.version} is too old`, "install Node 20 or newer")
  if (modified(done) > modified(join(root, "pnpm-lock.yaml"))) return
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  process.stderr.write("Setting up: installing dependencies (about half a minute) ...\n")
  const npx = process.platform === "win32" ? "npx.cmd" : "npx"
  const args = ["--yes", "--loglevel=error", packageManager, "install", "--frozen-lockfile", "--silent"]
  const result = spawnSync(npx, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  if (result.status !== 0) {
    fail("installing the dependencies failed", "check that the npm registry can be reached")
  }
  writeFileSync(done, "")
}

/** Runs a program of the workspace; a failure ends the whole task with its exit code. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment(), ...options })
  if (result.error) fail(`${command} cannot be run: ${result.error.message}`, "run npm run build first")
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** The workspace's own programs first; no telemetry, no notices of updates. */
export const environment = () => ({
  ...process.env,
  PATH: `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  NO_UPDATE_NOTIFIER: "1",
})

export function fail(what, advice) {
  process.stderr.write(`${what}\n${advice}\n`)
  process.exit(1)
}
