import { TubeletError } from "@tubelet/core"
import type { System } from "@tubelet/models"
import { cosineSchedule, type Decays, maeLearningRate, type Schedule } from "@tubelet/train"
import { refuse } from "./fields.js"
import type { VerifySet } from "./set.js"

type Section = Readonly<Record<string, unknown>>

const sectionOf = ({ meta }: VerifySet, name: string): Section => (meta[name] ?? {}) as Section

/** A setting of a run: in meta.json, in its model config, or with its optimizer. */
export const setting = (set: VerifySet, ...names: readonly string[]): unknown =>
  [set.meta, sectionOf(set, "optimizer"), set.config]
    .flatMap((section) => names.map((name) => section[name]))
    .find((value) => value !== undefined && value !== null)

export function numberSetting(set: VerifySet, ...names: readonly string[]): number | undefined {
  const value = setting(set, ...names)
  if (value === undefined || typeof value === "number") return value
  throw new TubeletError(
    `${set.name} has ${names[0]} ${JSON.stringify(value)}`,
    "set it to a number",
  )
}

/** The hyperparameters of AdamW in a set; other optimizers are rejected. */
export function adamWOf(set: VerifySet): { betas?: [number, number]; eps?: number } {
  const optimizer = sectionOf(set, "optimizer")
  if (!/^adamw$/i.test(String(optimizer.name ?? "AdamW"))) {
    throw new TubeletError(`${set.name} was trained by ${optimizer.name}`, "verify supports AdamW")
  }
  const known = ["name", "lr", "betas", "eps", "weight_decay", "groups", "clip_grad", "layer_decay"]
  refuse(optimizer, (name) => known.includes(name), true)
  refuse(set.meta, () => false, false)
  const { betas, eps } = optimizer as { betas?: [number, number]; eps?: number }
  return { ...(betas && { betas }), ...(eps !== undefined && { eps }) }
}

interface Group {
  readonly params?: readonly string[]
  readonly weight_decay?: number
  readonly lr_scale?: number
}

/** How a step treats parameters differently. */
export interface ParameterRules {
  readonly decays: Decays
  readonly lrScale?: (name: string) => number
}

/** Rejects a set whose optimizer treats a parameter differently than our step. */
export function requireGroups(
  set: VerifySet,
  shapes: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  { decays, lrScale = () => 1 }: ParameterRules,
): void {
  const groups = (sectionOf(set, "optimizer").groups ?? []) as readonly Group[]
  for (const { params = [], weight_decay: decay, lr_scale: scale = 1 } of groups) {
    for (const name of params) {
      const shape = shapes[name]?.shape
      const decayed = decay === undefined || (shape && decays(name, shape)) === decay > 0
      if (shape && decayed && Math.abs(lrScale(name) - scale) <= 1e-9) continue
      throw new TubeletError(
        `${set.name} trains ${name} with weight decay ${decay} and lr scale ${scale}; ours differ`,
        "see optimizer.groups in its meta.json",
      )
    }
  }
}

export interface Rates {
  readonly learningRate: Schedule
  readonly weightDecay: Schedule
}

/** The rate of each step: listed, or by the authors' schedule. */
export function ratesOf(system: System, set: VerifySet): Rates {
  const schedule = sectionOf(set, "schedule")
  const { lr_per_step: listed, wd_per_step: decays } = schedule as Record<string, number[]>
  const decay = numberSetting(set, "weight_decay") ?? 0.05
  return {
    learningRate: listed ? (step) => at(listed, step, set) : ruleOf(system, set, schedule),
    weightDecay: decays ? (step) => at(decays, step, set) : () => decay,
  }
}

function at(list: readonly number[], step: number, set: VerifySet): number {
  if (step < list.length) return list[step]
  throw new TubeletError(`${set.name} lists the learning rates of only ${list.length} of its steps`)
}

function ruleOf(system: System, set: VerifySet, schedule: Section): Schedule {
  const number = (...names: readonly string[]): number => {
    const found = names.map((name) => schedule[name]).find((value) => typeof value === "number")
    if (found !== undefined) return found as number
    throw new TubeletError(
      `the schedule of ${set.name} has no ${names.join(" or ")}, nor lr_per_step`,
      "see meta.json of the set",
    )
  }
  const [base, min] = [number("lr"), number("min_lr")]
  const [warmupEpochs, epochs] = [number("warmup_epochs"), number("epochs")]
  const perEpoch = number("steps_per_epoch", "iters_per_epoch")
  if (system === "mae") {
    return (step) => maeLearningRate(step / perEpoch, { base, min, warmupEpochs, epochs })
  }
  const [steps, warmupSteps] = [epochs * perEpoch, warmupEpochs * perEpoch]
  return cosineSchedule({ base, final: min, steps, warmupSteps })
}

/** One run of a set: the prefix of its outputs, and its clipping. */
export interface Run {
  readonly prefix: string
  readonly clipGrad?: number
}

/** The runs of a set, by the names of its outputs: `loss` of one, or `noclip.loss` and others. */
export const runsOf = (set: VerifySet): Run[] =>
  Object.keys(set.outputs).flatMap((name) => {
    const [found, prefix = ""] = /^(.+\.)?loss$/.exec(name) ?? []
    if (found === undefined) return []
    const clip = clipOf(set, prefix.slice(0, -1))
    return [{ prefix, ...(clip && { clipGrad: clip }) }]
  })

/** By `runs` in meta.json, or by the run's name: `noclip`, `clip0.02`. */
function clipOf(set: VerifySet, run: string): number | null | undefined {
  const described = sectionOf(set, "runs") as Record<string, { clip_grad?: number | null }>
  if (Object.hasOwn(described, run)) return described[run].clip_grad
  const written = /^(no)?clip_?([\d.]*)$/.exec(run)
  return written ? Number(written[2]) : numberSetting(set, "clip_grad")
}
