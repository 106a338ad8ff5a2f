import { spawn } from "node:child_process"
import { basename, dirname, join } from "node:path"
import { machineError } from "./machine.js"

/** FFmpeg's programs. */
export interface Ffmpeg {
  readonly ffmpeg: string
  readonly ffprobe: string
  /** The option that passes frames through unchanged; FFmpeg 5.1 renamed it. */
  readonly keepFrames: readonly string[]
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** A program that takes longer is killed. */
const timeoutMs = 120_000

/** Runs a program to completion. Rejects only if it cannot be started. */
export function runProgram(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    })
    const chunks: Buffer[] = []
    let stderr = ""
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr }))
    // With too many open files there are no pipes; the error event follows.
    child.stdout?.on("data", (chunk) => chunks.push(chunk))
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text
    })
  })
}

/** The ffmpeg program: FFMPEG_PATH, or the one on PATH. */
export const ffmpegProgram = () => process.env.FFMPEG_PATH || "ffmpeg"

let found: Ffmpeg | undefined

/** Finds ffmpeg and its ffprobe once; undefined if either does not run. */
export async function findFfmpeg(): Promise<Ffmpeg | undefined> {
  const program = ffmpegProgram()
  if (found?.ffmpeg !== program) found = await askVersions(program)
  return found
}

/** No programs if one is not installed; rethrows other errors, which say nothing about that. */
function unlessThere(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "EACCES") return []
  throw machineError(error) ?? error
}

async function askVersions(ffmpeg: string): Promise<Ffmpeg | undefined> {
  const probeName = basename(ffmpeg).replace("ffmpeg", "ffprobe")
  const ffprobe = dirname(ffmpeg) === "." ? probeName : join(dirname(ffmpeg), probeName)
  const runs = [ffmpeg, ffprobe].map((program) => runProgram(program, ["-version"]))
  const [version, probe] = await Promise.all(runs).catch(unlessThere)
  if (version?.code !== 0 || probe?.code !== 0) return undefined
  const [, major, minor] = /version n?(\d+)\.(\d+)/.exec(version.stdout.toString()) ?? []
  const isOld = major !== undefined && Number(major) + Number(minor) / 10 < 5.1
  return { ffmpeg, ffprobe, keepFrames: isOld ? ["-vsync", "0"] : ["-fps_mode", "passthrough"] }
}
