// The main job on real clips: pre-trains a small VideoMAE V2 on the CPU and shows what it rebuilds.
import { run } from "./programs.mjs"

const clips = "examples/clips"
const out = "out/demo"

// --resume: a demo that was interrupted goes on where it stood.
await run("tubelet", ["pretrain", "--config", "scripts/demo.json", "--resume"])
for (const clip of ["street-01", "cockatoo-01", "tree-01", "cup-01"]) {
  const flags = ["--checkpoint", out, "--out", `${out}/reconstructions`]
  await run("tubelet", ["reconstruct", `${clips}/${clip}.mp4`, ...flags])
}

console.log(`
The run's folder is ${out}: metrics.jsonl, config.json and its checkpoints.
What the model rebuilds is in ${out}/reconstructions: original, masked, rebuilt, as PNG and MP4.
After 1200 steps on 14 clips it knows colours and large shapes, but no details yet.`)
