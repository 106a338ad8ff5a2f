import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Finding } from "./finding.js"

const run = promisify(execFile)

/** The decoder that runs inside Node. */
export async function findDecoder(): Promise<Finding> {
  const name = "video decoder"
  try {
    // Not a static import: it is optional, and types must not need it.
    await import(["node-av", "lib"].join("/"))
    return { name, state: "good", found: "node-av" }
  } catch {
    return {
      name,
      state: "missing",
      found: "no node-av: videos are read by ffmpeg, one process each, if it is installed",
      fix: "npm install node-av@6.1.1",
    }
  }
}

/** The program that reads and writes video if the decoder is missing. */
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
      found: `${program} not found; not needed with node-av`,
      fix: "install ffmpeg, or set FFMPEG_PATH, for video without node-av",
    }
  }
}
