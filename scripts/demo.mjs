// Pre-trains a small VideoMAE V2 on the sample clips and writes reconstructions.
import { run } from "./programs.mjs"

const clips = "examples/clips"
const out = "out/demo"

// --resume: an interrupted demo continues from its last checkpoint.
await run("tubelet", ["pretrain", "--config", "scripts/demo.json", "--resume"])
for (const clip of ["street-01", "cockatoo-01", "tree-01", "cup-01"]) {
  const flags = ["--checkpoint", out, "--out", `${out}/reconstructions`]
  await run("tubelet", ["reconstruct", `${clips}/${clip}.mp4`, ...flags])
}

console.log(`
The run is in ${out}: config.json, metrics.jsonl and checkpoints.
Its reconstructions are in ${out}/reconstructions, as PNG and MP4: original, masked, reconstruction.
After 1200 steps on 14 clips, expect blurs of about the right colour in most scenes: learning shapes
takes more clips and hours. See the loss of the run: npx tubelet watch ${out}`)
