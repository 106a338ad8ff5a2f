import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { random } from "@tubelet/core/random"
import { writePng } from "@tubelet/video"
import { commands } from "../src/commands.js"
import { runProgram } from "../src/shell/program.js"

const stack = (dim: number) => ({ dim, depth: 1, heads: 2, mlpHidden: 2 * dim })

/** A model that trains in milliseconds. */
export const tinyModel = {
  system: "videomaev2",
  ...{ imageSize: 32, patchSize: 8, frames: 4, tubelet: 2, eps: 1e-6, qkvBias: true },
  ...{ initValues: 0, cosineAttention: false, learnablePositions: false },
  ...{ encoder: stack(24), decoder: stack(16) },
}

/** Flags of a run of it over `clips`, in a config file. */
export const tinyRun = {
  ...{ model: tinyModel, maskRatio: 0.75, target: "pixels", batch: 2, steps: 8, warmup: 2 },
  ...{ lr: 1e-3, stride: 1, saveEvery: 1, threads: 1, workers: 0, backend: "cpu" },
}

/** A folder with `clips/` (folders of frames, so that no decoder is needed) and `tiny.json`. */
export async function makeProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tubelet-cli-"))
  for (let clip = 0; clip < 3; clip++) {
    const frames = join(folder, "clips", `clip-${clip}`)
    await mkdir(frames, { recursive: true })
    for (let i = 1; i <= 6; i++) await writePng(join(frames, `img_0000${i}.png`), picture(clip, i))
  }
  await writeFile(join(folder, "tiny.json"), JSON.stringify(tinyRun))
  return folder
}

/** Adds `actions/` to a project: two classes, with three clips to learn from and two to score. */
export async function makeActions(folder: string): Promise<void> {
  const places = ["train/walk/a", "train/run/a", "train/run/b", "val/walk/a", "val/run/a"]
  for (const [i, place] of places.entries()) {
    const clip = join(folder, "actions", place)
    await mkdir(dirname(clip), { recursive: true })
    await cp(join(folder, "clips", `clip-${i % 3}`), clip, { recursive: true })
  }
}

/** Adds a clip that cannot be read. */
export async function makeBadClip(clips: string): Promise<void> {
  await mkdir(join(clips, "bad"))
  for (let i = 1; i <= 6; i++) await writeFile(join(clips, "bad", `img_0000${i}.png`), "no picture")
}

function picture(clip: number, frame: number) {
  const noise = random("picture", clip, frame)
  const size = { width: 48, height: 40 }
  const data = Uint8Array.from({ length: 48 * 40 * 3 }, () => noise.integer(256))
  return { ...size, data }
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process. */
export async function tubelet(...argv: string[]): Promise<Finished> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const code = await runProgram(commands, argv, streams)
  streams.stdout.end()
  streams.stderr.end()
  return { code, stdout: await text(streams.stdout), stderr: await text(streams.stderr) }
}
