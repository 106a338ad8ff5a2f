// The main job on real clips: pre-trains a small VideoMAE V2 on the CPU and shows what it rebuilds.
import { run } from "./programs.mjs"

const clips = "examples/clips"
const out = "out/demo"

const tubelet = (command, input, flags) =>
  run("tubelet", [command, ...input, ...Object.entries(flags).flatMap(([k, v]) => [`--${k}`, v])])

// --resume: a demo that was interrupted goes on where it stood.
tubelet("pretrain", ["--resume"], {
  model: "videomaev2-ti",
  data: clips,
  out,
  size: "112",
  frames: "8",
  stride: "2",
  batch: "8",
  target: "pixels",
  "mask-ratio": "0.75",
  steps: "300",
  warmup: "20",
  lr: "1e-3",
  "save-every": "100",
})
for (const clip of ["street-01", "cockatoo-01", "cup-01"]) {
  const input = `${clips}/${clip}.mp4`
  tubelet("reconstruct", [input], { checkpoint: out, out: `${out}/reconstructions/${clip}` })
}

console.log(`
The run's folder is ${out}: metrics.jsonl, config.json and its checkpoints.
What the model rebuilds is in ${out}/reconstructions: original, masked, rebuilt, as PNG and MP4.`)
