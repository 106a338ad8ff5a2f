// Opens as many files as it may, then prints how starting programs fails, one per line.
import { closeSync, openSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const source = (path) => fileURLToPath(new URL(path, import.meta.url))
const core = (name) => source(`../../core/src/${name}index.ts`)
const names = ["checksum", "files", "random", "text", "wasm"]
const entries = names.map((name) => [`@tubelet/core/${name}`, core(`${name}/`)])
const alias = { ...Object.fromEntries(entries), "@tubelet/core": core("") }
const jiti = createJiti(import.meta.url, { alias })
const { runProgram } = await jiti.import(source("../src/decode/ffmpeg-program.ts"))
const { FfmpegWriter } = await jiti.import(source("../src/write/ffmpeg-writer.ts"))
const { readClipInSubprocess } = await jiti.import(source("../src/workers/read-clip.ts"))

const opened = []
try {
  for (;;) opened.push(openSync("/dev/null"))
} catch {}
async function encode() {
  const writer = new FfmpegWriter("out.mp4", { width: 2, height: 2, frameRate: 1 })
  await writer.write(new Uint8Array(12))
  await writer.end()
}
const starts = [
  () => runProgram("true", []),
  encode,
  () => readClipInSubprocess({ path: "clip.mp4" }, {}),
]
const said = []
for (const start of starts)
  said.push(
    await start().then(
      () => "started",
      ({ code, cause }) => code ?? cause?.code ?? "no code",
    ),
  )
for (const file of opened) closeSync(file)
console.log(said.join("\n"))
process.exit()
