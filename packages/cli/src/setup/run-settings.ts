import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { SavedArgs } from "@tubelet/checkpoint"
import { maskings } from "@tubelet/masking"
import { type PretrainValues, pretrainFlags } from "../flags/pretrain.js"
import { readConfigFile, readFields } from "../shell/config-file.js"

/** What a run's config says about its model and clips. */
export type RunSettings = Pick<
  PretrainValues,
  "model" | "target" | "masking" | "maskRatio" | "stride"
>

/** The settings in the config.json beside a checkpoint's weights; none where there is no such. */
export async function settingsBeside(file: string): Promise<RunSettings> {
  const config = join(dirname(file), "config.json")
  if (!existsSync(config)) return {}
  const { model, target, masking, maskRatio, stride } = await readConfigFile(config)
  if (model === undefined) return {}
  // A run of the library's `pretrain` keeps other fields beside these.
  const all = { model, target, masking, maskRatio, stride }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  return readFields(Object.fromEntries(given), pretrainFlags, config) as RunSettings
}

/** What a file says itself of its mask and its clips; a mask of another kind is not taken up. */
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
