import { spawn } from "node:child_process"
import { MediaError } from "../decode/errors.js"
import { ffmpegProgram } from "../decode/ffmpeg-program.js"
import { fileUrl } from "../decode/local-file.js"
import type { Film } from "./compose.js"

/** Encodes a film of even size by piping it to the ffmpeg program. */
export function encodeWithFfmpeg(path: string, film: Film, frameRate: number): Promise<void> {
  const { clip, width, height } = film
  const input = `-f rawvideo -pix_fmt rgb24 -s ${width}x${height} -r ${frameRate} -i -`
  const output = "-c:v libx264 -crf 18 -pix_fmt yuv420p -movflags +faststart"
  const flags = `-v error -y ${input} ${output}`.split(" ")
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) =>
      reject(new MediaError(path, `could not write the video: ${why}`, installAdvice, { cause }))
    const ffmpeg = spawn(ffmpegProgram(), [...flags, fileUrl(path)], {
      stdio: ["pipe", "ignore", "pipe"],
    })
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
    ffmpeg.stdin?.on("error", () => {}).end(clip)
  })
}

const installAdvice = "install the optional peer (npm install node-av@6.1.1), or set FFMPEG_PATH"
