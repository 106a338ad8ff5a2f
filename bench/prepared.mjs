// npm run bench:prepared: how much faster `tubelet prepare` makes reading. See docs/benchmarks.md.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { random } from "@tubelet/core/random"
import { root } from "../scripts/programs.mjs"
import { median } from "./compare.mjs"
import { measured } from "./process.mjs"
import { markdownTable } from "./table.mjs"

const usage = `usage: npm run bench:prepared -- [--rounds N] [--clips N]
  --rounds  number of rounds; each reads both data sets with every sampling (3)
  --clips   clips per reading (32)`

const { values } = parseArgs({
  options: { rounds: { type: "string" }, clips: { type: "string" }, help: { type: "boolean" } },
})
if (values.help) {
  process.stderr.write(`${usage}\n`)
  process.exit(0)
}
const [rounds, clips] = [Number(values.rounds ?? 3), Number(values.clips ?? 32)]
const tubelet = join(root, "packages", "cli", "dist", "main.js")
const folder = join(root, ".cache", "bench", "prepared")
const [originals, prepared] = ["originals", "prepared"].map((name) => join(folder, name))

/** Ten seconds of 1280 x 720 with some noise at 30 frames per second from each sample clip. */
function makeOriginals() {
  mkdirSync(originals, { recursive: true })
  const clips = join(root, "examples", "clips")
  for (const name of readdirSync(clips).filter((file) => file.endsWith(".mp4"))) {
    const [from, to] = [join(clips, name), join(originals, name)]
    if (existsSync(to)) continue
    const scale = "fps=30,scale=1280:720:flags=bicubic,setsar=1,noise=alls=5:allf=t"
    const input = `-v error -y -stream_loop -1 -t 10 -i`.split(" ")
    const output = ["-vf", scale, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-an"]
    execFileSync(process.env.FFMPEG_PATH || "ffmpeg", [...input, from, ...output, to])
  }
}

makeOriginals()
await measured(process.execPath, [tubelet, "prepare", originals, "--out", prepared, "--json"])

const video = join(root, "packages", "video", "dist", "index.js")
const { discover, publishedTransforms, readTrainingClip, testClips, testViews } = await import(
  pathToFileURL(video).href
)
const samplings = ["pretraining", "dense", "random-segments", "2x3 views"]
const transforms = publishedTransforms["multi-scale"]

const clip = { frames: 16, stride: 4, size: 224 }

/** Reads the training clips of a sampling. */
async function readClips(items, sampling) {
  const recipe = { ...clip, sampling, transforms }
  for (let i = 0; i < clips; i++) {
    await readTrainingClip(items[i % items.length], recipe, random("bench", i))
  }
}

/** Reads the test views of videos. */
async function readViews(items) {
  const views = testViews({ segments: 2, crops: 3, sampling: "segment-view" })
  const some = Array.from({ length: clips }, (_, i) => items[i % items.length])
  for await (const { reason } of testClips({ ...clip, items: some, views, workers: 0 })) {
    if (reason) throw new Error(reason)
  }
}

/** Clips, or videos with all their views, per second of CPU time, in this process. */
async function speedOf(items, sampling) {
  const began = process.cpuUsage()
  await (sampling === "2x3 views" ? readViews(items) : readClips(items, sampling))
  const { user, system } = process.cpuUsage(began)
  return (1e6 * clips) / (user + system)
}

const sets = [await discover(originals), await discover(prepared)]
for (const items of sets) await speedOf(items, "pretraining") // Until the code is compiled.
const seen = samplings.map(() => [[], []])
for (let round = 0; round < rounds; round++) {
  for (const [i, sampling] of samplings.entries()) {
    for (const [j, items] of sets.entries()) seen[i][j].push(await speedOf(items, sampling))
  }
}
const rows = samplings.map((sampling, i) => {
  const [before, after] = seen[i].map(median)
  return [sampling, before.toFixed(2), after.toFixed(2), (after / before).toFixed(1)]
})
const titles = ["sampling", "originals, clips/s", "prepared, clips/s", "ratio"]
process.stdout.write(`${markdownTable(titles, rows)}\n`)
