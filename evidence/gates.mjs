// The gates of docs/evidence.md, judged from the results.
import { resultOf } from "./context.mjs"
import { mean, tInterval } from "./statistics.mjs"

/** Every gate: its claim, what was seen, and whether it holds; undefined while results lack. */
export function judged(context) {
  const seen = figuresOf(context)
  const better =
    (...names) =>
    (of) =>
      names.map((name) => of(name)).reduce((a, b) => (mean(b) > mean(a) ? b : a))
  const scratch = better("scratch", "scratch-long")((arm) => seen.finetuned(arm, 3))
  const random = better("random-xavier", "random-normal")(seen.probed)
  const pictures = better("fashion-scratch", "fashion-scratch-long")((a) => seen.finetuned(a, 3))
  return [
    gain("1. Pre-training minus the better scratch, 3 labels a class", {
      ...{ ours: seen.finetuned("random-75", 3), other: scratch, aim: 15 },
    }),
    gain("2. Linear probe minus the better random initialization's, 10 labels a class", {
      ...{ ours: seen.probed("random-75"), other: random, aim: 15 },
    }),
    gain("3. MAE on pictures minus the better scratch, 3 labels a class", {
      ...{ ours: seen.finetuned("mae", 3), other: pictures },
    }),
    dualMasking(seen),
    besideTorch(seen),
  ]
}

/** The figures of an arm by seed; an empty list where a seed lacks. */
function figuresOf(context) {
  const { seeds } = context
  const bySeed = (arm, figure) => {
    const found = seeds.map((seed) => resultOf(context, { arm, seed }))
    return found.every(Boolean) ? found.map(figure) : []
  }
  return {
    finetuned: (arm, each) => bySeed(arm, ({ finetuning }) => finetuning[each].test),
    probed: (arm) => bySeed(arm, ({ probe }) => probe.test),
    losses: (arm, each) => bySeed(arm, ({ finetuning }) => finetuning[each].losses),
    pace: resultOf(context, { arm: "pace", seed: seeds[0] })?.cpuMilliseconds,
  }
}

const points = ({ mean, half }) =>
  `${signed(mean)}${half === undefined ? "" : ` ± ${half.toFixed(1)}`} points`
const signed = (value) => `${value < 0 ? "" : "+"}${value.toFixed(1)}`
const paired = (ours, other) => tInterval(ours.map((value, i) => value - other[i]))
/** A gate as judged; a single seed, which has no interval, judges nothing. */
const verdict = (claim, { half }, seen, holds) =>
  half === undefined ? { claim, seen } : { claim, seen, holds }

function gain(claim, { ours, other, aim }) {
  if (ours.length === 0 || other.length === 0) return { claim }
  const found = paired(ours, other)
  const reached =
    aim === undefined ? "" : `; the aim of ${aim} is ${found.mean < aim ? "not " : ""}reached`
  const holds = found.mean - found.half > 0
  return verdict(claim, found, `${points(found)}${reached}`, holds)
}

function dualMasking({ finetuned, pace }) {
  const claim = "4. V2 minus V1 above -3 points on average, in at most 0.85 of its CPU time"
  const [two, one] = [finetuned("v2", 3), finetuned("random-75", 3)]
  if (!pace || two.length === 0 || one.length === 0) return { claim }
  const found = paired(two, one)
  const time = pace.v2 / pace["random-75"]
  const seen = `${points(found)}, in ${time.toFixed(2)} of the time`
  return verdict(claim, found, seen, found.mean > -3 && time <= 0.85)
}

function besideTorch({ finetuned, losses }) {
  const claim = "5. The same fine-tuning in PyTorch within 3 points, loss curves within 2 %"
  const [theirs, ours] = [finetuned("torch", 3), finetuned("random-75", 3)]
  if (theirs.length === 0 || ours.length === 0) return { claim }
  const found = paired(ours, theirs)
  const apart = furthest(losses("random-75", 3), losses("torch", 3))
  const seen = `${points(found)}, losses at most ${(100 * apart).toFixed(1)} % apart`
  const holds = Math.abs(found.mean) + found.half <= 3 && apart <= 0.02
  return verdict(claim, found, seen, holds)
}

/** The largest relative difference of two mean loss curves. */
function furthest(ours, theirs) {
  const curve = (runs) => runs[0].map((_, i) => mean(runs.map((run) => run[i])))
  const [a, b] = [curve(ours), curve(theirs)]
  return Math.max(...a.map((loss, i) => Math.abs(loss / b[i] - 1)))
}
