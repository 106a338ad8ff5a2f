/**
 * The benchmarked steps: a preset, or the small transformer that also fits the JavaScript
 * frameworks. Each turn times `steps` steps after `warmup` others.
 */
const preset = (name, batch) => ({ name, batch, warmup: 2, steps: 5, peers: ["torch"] })

const cpuCases = [
  preset("videomaev2-s", 2),
  preset("mae-b", 4),
  preset("videomae-b", 1),
  preset("videomaev2-b", 1),
  {
    name: "small",
    batch: 4,
    warmup: 3,
    steps: 20,
    peers: ["torch", "jax", "tfjs", "tfjs-transposed"],
  },
]

/** Cases on WebGPU; small enough for a software driver. */
const webgpuCases = [
  {
    name: "tiny",
    batch: 2,
    backend: "webgpu",
    warmup: 3,
    steps: 10,
    peers: ["jax-webgpu", "tfjs-webgpu"],
  },
]

export const cases = [...cpuCases, ...webgpuCases]
export const casesOn = (backend) => cases.filter((c) => (c.backend ?? "cpu") === backend)

/** Steps per turn of a slow peer: each takes seconds, so a few show its minimum. */
export const slowPeerSteps = { jax: 5, tfjs: 3, "tfjs-transposed": 3, "tfjs-webgpu": 5 }
