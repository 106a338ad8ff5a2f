import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Finding } from "./finding.js"

const run = promisify(execFile)

/** The decoder that runs inside Node. */
export async function findDecoder(): Promise<Finding> {
  const name = "video decoder"
  try {
    // Not an import by name: it is the user's to add, and types must not need it.
    await import(["node-av", "lib"].join("/"))
    return { name, state: "good", found: "node-av" }
  } catch {
    return {
      name,
      state: "missing",
      found: "no node-av: videos are read through ffmpeg, a process each, if that is here",
      fix: "npm install node-av@6.1.1",
    }
  }
}

/** The program that reads and writes video where the decoder is missing. */
export async function findFfmpeg(): Promise<Finding> {
  const name = "ffmpeg"
  const program = process.env.FFMPEG_PATH ?? "ffmpeg"
  try {
    const { stdout } = await run(program, ["-version"], { timeout: 10_000 })
    return { name, state: "good", found: `${stdout.split(" Copyright")[0]} (${program})` }
  } catch {
    return {
      name,
      state: "missing",
      found: `no program ${program}; not needed beside node-av`,
      fix: "install ffmpeg, or set FFMPEG_PATH, for video where node-av cannot be used",
    }
  }
}
