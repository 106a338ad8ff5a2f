import { spawn } from "node:child_process"
import { environment } from "../scripts/programs.mjs"

/** Ten minutes: a turn that takes longer hangs. */
const limit = 600_000

/** Runs a program and returns its stdout, or throws the reason found in its stderr. */
export function output(command, args, { cwd, variables } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: environment(variables),
      stdio: ["ignore", "pipe", "pipe"],
      // Not `timeout`: its timer would keep us alive after a program that could not be started.
      signal: AbortSignal.timeout(limit),
    })
    const said = { stdout: "", stderr: "" }
    for (const stream of ["stdout", "stderr"]) {
      child[stream].setEncoding("utf8").on("data", (text) => {
        said[stream] += text
      })
    }
    child.on("error", (error) => reject(error.name === "AbortError" ? tooSlow(command) : error))
    child.on("close", (status, signal) => {
      if (status === 0) resolve(said.stdout)
      else reject(new Error(reasonIn(said.stderr) || `it ended with ${signal ?? status}`))
    })
  })
}

const tooSlow = (command) => new Error(`${command} took more than ${limit / 60_000} minutes`)

/** The last line that names an error, or else the last two: what is wrong and what to do. */
function reasonIn(stderr) {
  const lines = stderr
    .trim()
    .split("\n")
    .map((line) => line.trim())
  return lines.findLast((line) => /error:/i.test(line)) ?? lines.slice(-2).join("; ")
}

const lastLine = (text) => text.trim().split("\n").at(-1).trim()

/** The JSON object on the last line of a program's stdout. */
export async function measured(command, args, options) {
  const line = lastLine(await output(command, args, options))
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`it printed no JSON object, but "${line.slice(0, 80)}"`)
  }
}
