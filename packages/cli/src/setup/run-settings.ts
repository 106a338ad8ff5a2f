import { existsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import type { SavedArgs } from "@tubelet/checkpoint"
import { maskings } from "@tubelet/masking"
import type { MaskChoice } from "../flags/mask.js"
import { isConfig, type ModelChoice } from "../flags/model-choice.js"
import { type PretrainValues, pretrainFlags } from "../flags/pretrain.js"
import { readConfigFile, readFields } from "../shell/config-file.js"

/** What a run's config says about its model and clips. */
export type RunSettings = Pick<
  PretrainValues,
  "model" | "target" | "masking" | "maskRatio" | "stride"
>

/** The settings in the config.json next to a checkpoint's weights, if there is one. */
export const settingsBeside = (file: string): Promise<RunSettings> =>
  fieldsIn(join(dirname(file), "config.json"), [
    ...(["model", "target", "masking", "maskRatio", "stride"] as const),
  ])

/** The masks of a run, by its folder, its config.json or a checkpoint's file in it. */
export async function masksOfRun(model: ModelChoice): Promise<MaskChoice> {
  if (typeof model !== "string" || !existsSync(model)) return {}
  const folder = statSync(model).isDirectory() ? model : dirname(model)
  return fieldsIn(join(folder, "config.json"), [
    ...(["masking", "maskRatio", "decoderMasking", "decoderMaskRatio"] as const),
  ])
}

/** These fields of the config of a pre-training run; any other has none of them. */
async function fieldsIn<K extends keyof PretrainValues>(
  path: string,
  names: readonly K[],
): Promise<Pick<PretrainValues, K>> {
  const config = existsSync(path) ? await readConfigFile(path) : {}
  // A run of the library's `pretrain` has other fields too.
  const given = names.filter((name) => config[name] !== undefined)
  const pretrains = typeof config.model === "string" || isConfig(config.model)
  const fields = pretrains ? given.map((name) => [name, config[name]]) : []
  return readFields(Object.fromEntries(fields), pretrainFlags, path) as Pick<PretrainValues, K>
}

/** What a file says about its mask and clips, if Tubelet knows the mask. */
export function settingsSaid(
  { masking: said, maskRatio, stride }: Partial<SavedArgs>,
  video: boolean,
): RunSettings {
  const name = said === "random" && video ? "random-video" : said
  const masking = name !== undefined && Object.hasOwn(maskings, name) ? name : undefined
  return {
    ...(masking !== undefined && { masking }),
    ...(maskRatio !== undefined && { maskRatio }),
    ...(stride !== undefined && { stride }),
  }
}
