import type { SavedArgs } from "@tubelet/checkpoint"
import type { PretrainConfig } from "@tubelet/models"
import type { Fit } from "@tubelet/models/fit"
import { UsageError } from "../shell/errors.js"
import { type HintName, hintFields, hintNames, hintOf, type Source } from "./sources.js"

const firstToSay = (sources: readonly Source[], name: HintName): Source | undefined =>
  sources.find(({ hints }) => hints[name] !== undefined)

/** Throws if a flag, or the model of --model, contradicts the tensors. */
export function requireAgreement(
  path: string,
  fit: Fit,
  sources: readonly Source[],
  model: PretrainConfig | undefined,
): void {
  const { config } = fit
  const differing = model && shapeFields.find((field) => model[field] !== config[field])
  if (differing) refuse(path, "--model", differing, config[differing])
  const stack = model && stackFields.find((field) => model.encoder[field] !== config.encoder[field])
  if (stack) refuse(path, "--model", `encoder.${stack}`, config.encoder[stack])
  const table = fit.wrong.find((wrong) => wrong.name.endsWith("pos_embed"))
  for (const name of hintNames) {
    const source = firstToSay(sources, name)
    if (!source?.from.startsWith("--")) continue
    const told = `${source.from} ${source.hints[name]}`
    const shown = hintOf(config, name)
    const isPart = shown !== undefined || source.from !== "--model"
    if (source.hints[name] !== shown && isPart) refuse(path, told, name, shown ?? "none")
    const sizes = name === "frames" || name === "imageSize"
    if (table && sizes) refuse(path, told, table.name, `[${table.found}]`)
  }
  const { encoder, decoder } = { decoder: undefined, ...config }
  for (const [flag, stack] of [
    ["--heads", encoder] as const,
    ["--decoder-heads", decoder] as const,
  ]) {
    const { dim, heads } = stack ?? { dim: 0, heads: 1 }
    if (dim % heads !== 0) refuse(path, `${flag} ${heads}`, "a width of", dim)
  }
}

const shapeFields = ["patchSize", "tubelet"] as const
const stackFields = ["dim", "depth", "mlpHidden"] as const

function refuse(path: string, told: string, field: string, shown: unknown): never {
  throw new UsageError(
    `${told} does not match ${path}: its tensors have ${field} ${shown}`,
    "omit it, or use the matching checkpoint",
  )
}

/** Notes on saved settings that contradict the tensors. The tensors take precedence. */
export function contradictions(said: SavedArgs, fit: Fit, sources: readonly Source[]): string[] {
  const { config } = fit
  const { patchSize, tubelet } = config
  const heard = hintNames.filter((name) => {
    return name !== "system" && (firstToSay(sources, name)?.from ?? said.from) === said.from
  }) as Exclude<HintName, "system">[]
  const shown = {
    ...Object.fromEntries(heard.map((name) => [name, hintOf(config, name)])),
    ...{ patchSize, tubelet },
    ...("decoder" in config && { decoderDepth: config.decoder.depth }),
    ...("classes" in config && config.classes > 0 && { classes: config.classes }),
  }
  const gives = said.from.endsWith("s") ? "give" : "gives"
  const names = Object.keys(shown) as (keyof typeof shown & keyof SavedArgs)[]
  return names.flatMap((name) =>
    said[name] === undefined || said[name] === shown[name]
      ? []
      : [`its ${said.from} ${gives} ${name} ${said[name]}, but its tensors have ${shown[name]}`],
  )
}

/** The source of each value of a configuration; `shown` is what the tensors alone show. */
export function whereFrom(fit: Fit, shown: Fit, sources: readonly Source[]) {
  const shapes = "tensor shapes"
  const hinted = hintNames.flatMap((name) => {
    const value = hintOf(fit.config, name)
    if (value === undefined) return []
    const { field } = hintFields[name]
    const proven = !shown.assumed.includes(field) && hintOf(shown.config, name) === value
    const source = sources.find(({ hints }) => hints[name] === value)?.from ?? "assumed"
    // No shape shows the heads, except that of a known model.
    const proof = field.endsWith("heads") ? (shown.presets[0] ?? shapes) : shapes
    return [[field, proven ? proof : source] as const]
  })
  return Object.fromEntries([
    ...["encoder", "patchSize", "tubelet"].map((field) => [field, shapes] as const),
    ...hinted,
  ])
}
