import { aligned, clipsIn, hyperparameterLines, type Line } from "../run/table.js"
import { some } from "../shell/some.js"
import type { Plan } from "./plan.js"

/** The resolved settings, line by line. */
export function settingsTable({ task, config, recipe, ...plan }: Plan): string[] {
  const { data, scored, classes } = plan
  const { dim, depth, heads } = config.encoder
  const lines: Line[] = [
    ["system", config.system],
    ["encoder", `${dim} wide, ${depth} deep, ${heads} heads`],
    ["initial weights", plan.checkpoint?.path ?? "random"],
    ["clip", `${config.frames} frames of ${config.imageSize} pixels, stride ${data.stride}`],
    ["sampling", plan.sampling],
    ["data", `${clipsIn(data)} in ${plan.path}`],
    ["scored", scored ? clipsIn(scored) : "no clips: there is no val or test split"],
    ["classes", `${classes.length}: ${some(classes)}`],
    ...(config.head ? [["head", config.head] as const] : []),
    ...hyperparameterLines(task.fields, recipe),
    ["checkpoints", `every ${plan.saveEvery} steps, ${plan.keep === 0 ? "all" : plan.keep} kept`],
    ["patience", plan.values.patience ? `${plan.values.patience} evaluations` : "none"],
    ["out", plan.out],
  ]
  return aligned(lines)
}
