// The workspace's own programs: turbo, vitest, biome, tubelet ...
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const windows = process.platform === "win32"

/** Retries for a slow registry, without minutes of silence if it is unreachable. */
const retries = {
  npm_config_fetch_retries: "3",
  npm_config_fetch_retry_mintimeout: "1000",
  npm_config_fetch_retry_maxtimeout: "8000",
}

/** The workspace's programs come first in PATH; telemetry and update notices are off. */
export const environment = (own = {}) => ({
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  NO_UPDATE_NOTIFIER: "1",
  npm_config_update_notifier: "false",
  ...retries,
  ...own,
})

/** Signals that would end this process and can be caught. */
const ends = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR2", "SIGXCPU"]

/**
 * Runs a program in the root. If it fails, the task ends with its exit code. Signals are forwarded,
 * because they may be sent to this process alone, and a training run saves before it ends: this
 * waits for the program to end.
 */
export async function run(command, args, { variables = {}, stdio = "inherit" } = {}) {
  const child = spawn(command, args, {
    ...{ cwd: root, stdio, env: environment(variables), shell: windows },
  })
  const pass = (signal) => child.kill(signal)
  for (const signal of ends) process.on(signal, pass)
  const [code, signal] = await new Promise((resolve) => {
    child.on("error", ({ message }) =>
      fail(`${command} cannot be run: ${message}`, "run npm run build first"),
    )
    child.on("close", (...how) => resolve(how))
  })
  for (const signal of ends) process.off(signal, pass)
  if (code !== 0) process.exit(code ?? 128 + constants.signals[signal])
}

/** Runs a program silently; returns whether it succeeded, and its output. */
export function probe(command, args, { folder = root, variables = {} } = {}) {
  const child = spawn(command, args, { cwd: folder, env: environment(variables), shell: windows })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text))
  }
  return new Promise((resolve) => {
    child.on("error", ({ message }) => resolve({ well: false, output: message }))
    child.on("close", (code) => resolve({ well: code === 0, output: output.trim() }))
  })
}

/** Ends the task with one line on what is wrong and one on what to do. */
export function fail(what, advice) {
  process.stderr.write(`${what}\n${advice}\n`)
  process.exit(1)
}
