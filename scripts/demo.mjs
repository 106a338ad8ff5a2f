// The main job on real clips: pre-trains a small VideoMAE V2 on the CPU and shows what it rebuilds.
import { run } from "./setup.mjs"

const tubelet = (...args) => run("tubelet", args)

const clips = "examples/clips"
const out = "out/demo"

tubelet(
  "pretrain",
  ...["--model", "videomaev2-ti", "--data", clips, "--out", out],
  ...["--size", "112", "--frames", "8", "--stride", "2", "--batch", "8"],
  ...["--target", "pixels", "--mask-ratio", "0.75", "--steps", "300", "--warmup", "20", "--lr", "1e-3"],
  ...["--save-every", "100", "--resume"],
)
for (const clip of ["street-01", "cockatoo-01", "cup-01"]) {
  tubelet(
    "reconstruct",
    `${clips}/${clip}.mp4`,
    ...["--checkpoint", out, "--out", `${out}/reconstructions/${clip}`],
  )
}
console.log(`
The run's folder is ${out}: metrics.jsonl, config.json and its checkpoints.
What the model rebuilds is in ${out}/reconstructions: original, masked, rebuilt, as PNG and MP4.`)
