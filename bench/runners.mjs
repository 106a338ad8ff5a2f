import { join } from "node:path"
import { root } from "../scripts/programs.mjs"
import { vulkan } from "../scripts/vulkan.mjs"
import { slowPeerSteps } from "./cases.mjs"
import { sizes } from "./peers/node/sizes.mjs"
import { measured } from "./process.mjs"

const flags = (values) =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])

/** One turn of Tubelet, in a separate process. */
export function runOurs({ name, batch, backend = "cpu", warmup, steps }, options) {
  const counts = flags({ steps: options.steps ?? steps, warmup, threads: options.threads })
  if (name in sizes) {
    const program = join(root, "bench", "small", "main.mjs")
    return measured(process.execPath, [program, ...flags({ model: name, backend }), ...counts], {
      variables: vulkan(),
    })
  }
  const command = join(root, "packages", "cli", "dist", "main.js")
  const step = ["bench", "step", ...flags({ model: name, batch, backend: "cpu" }), ...counts]
  return measured(process.execPath, [command, ...step, "--json"])
}

/** A case's arguments for a peer's script, before the counts. */
const scripts = {
  torch: ({ name, batch }) =>
    name === "small" ? ["small.py"] : ["step.py", name, "--batch", String(batch)],
  jax: () => ["jax.mjs"],
  tfjs: () => ["tfjs.mjs"],
  "tfjs-transposed": () => ["tfjs.mjs", "--transposed"],
  "jax-webgpu": ({ name }) => ["jax.mjs", ...flags({ model: name, backend: "webgpu" })],
  "tfjs-webgpu": ({ name }) => ["tfjs.mjs", ...flags({ model: name, backend: "webgpu" })],
}

/** One turn of a peer; `places` is the result of `setUpPeers`. */
export function runPeer(peer, which, options, places) {
  const { program, folder, reason } = placeOf(peer, places)
  if (reason) throw new Error(reason)
  const steps = options.steps ?? slowPeerSteps[peer] ?? which.steps
  const warmup = Math.min(which.warmup, slowPeerSteps[peer] ?? which.warmup)
  const counts = flags({ steps, warmup, threads: options.threads })
  return measured(program, [...scripts[peer](which), ...counts], {
    cwd: folder,
    variables: vulkan(),
  })
}

const placeOf = (peer, { torch, node }) => (peer === "torch" ? torch : node)
