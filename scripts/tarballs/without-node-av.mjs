// The demo without node-av: the ffmpeg program reads and writes the videos.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { probe, root } from "../programs.mjs"

export const hasFfmpeg = async () => (await probe("ffmpeg", ["-version"])).well

/** Clips of two minutes, with time bases of 90 kHz and 1 MHz. */
const long = [
  { name: "long-1.mp4", rate: "30000/1001", clock: "90000" },
  { name: "long-2.mp4", rate: "60", clock: "1000000" },
]

async function makeLong(folder, { name, rate, clock }) {
  const input = `-f lavfi -i testsrc=size=128x96:rate=${rate}:duration=120`
  const output = `-c:v libx264 -preset ultrafast -bf 2 -video_track_timescale ${clock} ${name}`
  const { well, output: said } = await probe("ffmpeg", `-v error ${input} ${output}`.split(" "), {
    folder,
  })
  if (!well) throw new Error(`ffmpeg does not write ${name}: ${said}`)
}

/** Reads every clip for a cache and in pre-training, and writes a reconstruction as MP4. */
export async function problemsWithoutNodeAv(folder) {
  if (existsSync(join(folder, "node_modules", "node-av"))) return ["node-av came along"]
  const data = join(folder, "clips")
  cpSync(join(root, "examples", "clips"), data, { recursive: true })
  for (const clip of long) await makeLong(data, clip)
  const demo = JSON.parse(readFileSync(join(root, "scripts", "demo.json"), "utf8"))
  const short = { data, out: "run", backend: "cpu", batch: 8, steps: 4, warmup: 1, saveEvery: 4 }
  writeFileSync(join(folder, "demo.json"), JSON.stringify({ ...demo, ...short }))

  const command = join(folder, "node_modules", "tubelet", "bin", "tubelet.mjs")
  const run = (...args) => probe(process.execPath, [command, ...args], { folder })
  const cached = await run("cache", data, "--out", "cached", "--short-side", "64")
  const trained = await run("pretrain", "--config", "demo.json")
  const shown = await run("reconstruct", join(data, "long-1.mp4"), "--checkpoint", "run")
  const problems = [cached, trained, shown].filter(({ well }) => !well).map((said) => said.output)
  if (!/^16 clips in cached, 0 left out$/m.test(cached.output)) problems.push(cached.output)
  if (/skipped|could not be read|damaged/.test(trained.output + shown.output)) {
    problems.push(trained.output, shown.output)
  }
  if (!existsSync(join(folder, "out", "reconstruct", "long-1.mp4"))) problems.push("no MP4")
  return problems
}
