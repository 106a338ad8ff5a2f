import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { MediaError } from "../decode/errors.js"
import { ffmpegProgram } from "../decode/ffmpeg-program.js"
import { fileUrl } from "../decode/local-file.js"
import { fastDecoding, type VideoFormat, type VideoWriter } from "./video-writer.js"

/** Encodes to an MP4 (H.264) by piping frames to the ffmpeg program. */
export class FfmpegWriter implements VideoWriter {
  readonly #program: ChildProcess
  readonly #done: Promise<void>

  constructor(path: string, { width, height, frameRate, keyInterval }: VideoFormat) {
    const input = `-f rawvideo -pix_fmt rgb24 -s ${width}x${height} -r ${frameRate} -i -`
    const { tune, skippable, params } = fastDecoding
    const fast = `-tune ${tune} -bf ${skippable} -x264-params ${params}`
    const keys = keyInterval === undefined ? "" : `-g ${keyInterval} ${fast} `
    const output = `-c:v libx264 -crf 18 ${keys}-pix_fmt yuv420p -movflags +faststart -f mp4`
    const flags = `-v error -y ${input} ${output}`.split(" ")
    this.#program = spawn(ffmpegProgram(), [...flags, fileUrl(path)], {
      stdio: ["pipe", "ignore", "pipe"],
    })
    this.#done = ended(this.#program, path)
    // Not unhandled: `write` and `end` see the failure.
    this.#done.catch(() => {})
  }

  async write(frames: Uint8Array): Promise<void> {
    const { stdin } = this.#program
    // After a failed start there is no pipe, and after the program's end no drain.
    if (!stdin || stdin.write(frames)) return
    await Promise.race([once(stdin, "drain"), this.#done])
  }

  end(): Promise<void> {
    this.#program.stdin?.end()
    return this.#done
  }

  close(): void {
    if (this.#program.exitCode === null) this.#program.kill("SIGKILL")
  }
}

/** Resolves when the program has written its file. */
function ended(ffmpeg: ChildProcess, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) =>
      reject(new MediaError(path, `could not write the video: ${why}`, installAdvice, { cause }))
    ffmpeg.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") fail("neither node-av nor ffmpeg is installed", error)
      else reject(error)
    })
    let said = ""
    ffmpeg.on("close", (code) => (code === 0 ? resolve() : fail(said.trim() || `exit ${code}`)))
    // With too many open files there are no pipes; the error event follows.
    ffmpeg.stderr?.on("data", (text) => {
      said += text
    })
    ffmpeg.stdin?.on("error", () => {})
  })
}

const installAdvice = "install the optional peer (npm install node-av@6.1.1), or set FFMPEG_PATH"
