import { type FeatureProbe, pretrainFields, tokenCounts } from "@tubelet/train"
import { aligned, clipsIn, hyperparameterLines, type Line } from "../run/table.js"
import type { Plan } from "./plan.js"

/** The resolved settings, line by line. */
export function settingsTable({ config, model, masks, recipe, data, ...plan }: Plan): string[] {
  const { encoder, decoder, system } = config
  const counts = tokenCounts(model, masks)
  const { frames, height, width } = model.grid
  const stack = (t: typeof encoder) => `${t.dim} wide, ${t.depth} deep, ${t.heads} heads`
  const { masking, ratio } = masks.encoder
  const lines: Line[] = [
    ["system", system],
    ["encoder", stack(encoder)],
    ["decoder", stack(decoder)],
    ["clip", `${config.frames} frames of ${config.imageSize} pixels, stride ${plan.stride}`],
    ["tokens", `${frames} x ${height} x ${width} = ${frames * height * width}`],
    ["encoder mask", `${masking.name} ${ratio}: ${counts.visible} tokens are visible`],
    [
      "decoder mask",
      masks.decoder
        ? `${masks.decoder.masking.name} ${masks.decoder.ratio}: ${counts.targets} are predicted`
        : `none: all ${counts.targets} hidden tokens are predicted`,
    ],
    ["target", plan.target],
    ["data", data ? `${clipsIn(data)} in ${plan.path}` : "not set"],
    ...hyperparameterLines(pretrainFields, recipe),
    ["checkpoints", `every ${plan.saveEvery} steps, ${plan.keep === 0 ? "all" : plan.keep} kept`],
    ...(plan.probe ? [probeLine(plan.values.probe!, plan.probe)] : []),
    ["out", plan.out],
  ]
  return aligned(lines)
}

const probeLine = (path: string, { every }: FeatureProbe): Line => [
  "probe",
  `features of ${path} every ${every} steps`,
]
