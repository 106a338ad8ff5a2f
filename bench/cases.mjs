/**
 * What is timed: a training step of a preset, or of the small transformer that the frameworks in
 * JavaScript can hold too. `steps` are timed after `warmup` untimed ones, in each turn.
 */
const preset = (name, batch) => ({ name, batch, warmup: 2, steps: 5, peers: ["torch"] })

export const cases = [
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

/** Steps that a slow peer takes in a turn: seconds each, so a few show its minimum. */
export const slowPeerSteps = { jax: 5, tfjs: 3, "tfjs-transposed": 3 }
