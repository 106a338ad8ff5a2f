// Figures of a case, as pure functions of what the processes printed.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Summarises a runner's turns: minimum of minima, median of medians, largest memory. */
export function summarise(turns) {
  const least = (field) => {
    const values = turns.map((turn) => turn[field]).filter((value) => value !== undefined)
    return values.length > 0 ? Math.min(...values) : undefined
  }
  return {
    turns: turns.length,
    stepSecondsMin: least("stepSecondsMin"),
    stepSecondsMedian: median(turns.map((turn) => turn.stepSecondsMedian)),
    compileSeconds: least("compileSeconds"),
    firstStepSeconds: least("firstStepSeconds"),
    peakMemoryMiB: Math.max(...turns.map((turn) => turn.peakMemoryMiB)),
    params: turns[0].params,
    losses: turns[0].losses,
  }
}

/** How many times as fast as the peer we are (above 1: faster), and our memory over its. */
export const ratios = (ours, peer) => ({
  speedOfMinima: peer.stepSecondsMin / ours.stepSecondsMin,
  speedOfMedians: peer.stepSecondsMedian / ours.stepSecondsMedian,
  memory: ours.peakMemoryMiB / peer.peakMemoryMiB,
})

/** The relative difference between the losses of the first steps, if both report them. */
export function lossError(ours, peer, steps = 3) {
  if (!ours.losses || !peer.losses) return undefined
  const errors = peer.losses.slice(0, steps).map((y, i) => Math.abs(ours.losses[i] / y - 1))
  return Math.max(...errors)
}

/** The operations that a step needs in any framework: masked patches need no embedding. */
export const stepGflop = (turn) => turn.gflops * turn.stepSecondsMin

/** Weights and both moments in MiB, which do not depend on the mask. */
const stateMiB = ({ params }) => (3 * 4 * params) / 2 ** 20

/**
 * What VideoMAE V2's decoder mask saves, as ratios to VideoMAE: `gflop` counts operations,
 * `seconds` should be as low, and `gflopsRate` (GFLOP/s) near 1. `activations` is the peak memory
 * without the state.
 */
export function dualMasking(single, dual) {
  const gflop = dual.gflop / single.gflop
  const seconds = dual.ours.stepSecondsMin / single.ours.stepSecondsMin
  const beyond = ({ ours }) => ours.peakMemoryMiB - stateMiB(ours)
  return {
    gflop,
    seconds,
    gflopsRate: gflop / seconds,
    memory: dual.ours.peakMemoryMiB / single.ours.peakMemoryMiB,
    activations: beyond(dual) / beyond(single),
  }
}
