import { TubeletError } from "@tubelet/core"

/** A set's configuration, by the authors' names or Hugging Face's. */
export type SetConfig = Readonly<Record<string, unknown>>

/** Reads a set's configuration; the first spelling found of a field counts. */
export interface FieldReader {
  number(names: readonly string[], fallback?: number): number
  flag(names: readonly string[], fallback: boolean): boolean
  /** Throws for an unread field that may affect the results. */
  finish(): void
}

const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60)

/** A side of a square may be written twice: [224, 224]. */
const square = (value: unknown): unknown =>
  Array.isArray(value) && value.every((side) => side === value[0]) ? value[0] : value

export function fieldReader(config: SetConfig): FieldReader {
  const read = new Set<string>()
  const find = (names: readonly string[]) => {
    for (const name of names) read.add(name)
    return names.find((name) => config[name] !== undefined && config[name] !== null)
  }
  const value = <T>(
    names: readonly string[],
    fallback: T | undefined,
    { what, is }: { what: string; is: (value: unknown) => value is T },
  ): T => {
    const name = find(names)
    if (name === undefined) {
      if (fallback !== undefined) return fallback
      throw new TubeletError(
        `the set's config has no ${names.join(" or ")}`,
        "see meta.json of the set",
      )
    }
    const given = square(config[name])
    if (is(given)) return given
    throw new TubeletError(
      `the set's config has ${name} ${shown(config[name])}`,
      `set it to ${what}`,
    )
  }
  const aNumber = { what: "a number", is: (v: unknown): v is number => Number.isFinite(v) }
  const aFlag = { what: "true or false", is: (v: unknown): v is boolean => typeof v === "boolean" }
  return {
    number: (names, fallback) => value(names, fallback, aNumber),
    flag: (names, fallback) => value(names, fallback, aFlag),
    finish: () => refuse(config, (name) => read.has(name) || descriptions.has(name), true),
  }
}

/**
 * Rejects what affects a set's results in a way that verify does not support: a field of `inactive`
 * with another value and, with `unknown`, every field that is not `known`.
 */
export function refuse(
  fields: SetConfig,
  known: (name: string) => boolean,
  unknown: boolean,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (known(name)) continue
    const off = Object.hasOwn(inactive, name) ? inactive[name] : undefined
    if (off === undefined && !unknown) continue
    if (value === null || off?.includes(value)) continue
    throw new TubeletError(
      `verify does not support ${name} ${shown(value)}, which may affect the results`,
      off ? `it supports ${off.map(shown).join(" or ")}` : "if it does not, remove the field",
    )
  }
}

const dropRates = [
  ...["drop", "drop_rate", "drop_path", "drop_path_rate", "attn_drop_rate", "proj_drop_rate"],
  ...["fc_drop_rate", "head_drop_rate", "hidden_dropout_prob", "attention_probs_dropout_prob"],
]

/** Fields that verify supports only with these values, or null. */
const inactive: Readonly<Record<string, readonly unknown[]>> = {
  ...Object.fromEntries(dropRates.map((name) => [name, [0]])),
  // A pre-training model has neither classes nor, in VideoMAE's words, channels.
  ...{ encoder_num_classes: [0], encoder_in_chans: [3], in_chans: [0, 3], num_channels: [3] },
  ...{ qk_scale: [], attn_head_dim: [], representation_size: [], hybrid_backbone: [] },
  ...{ hidden_act: ["gelu"], problem_type: ["single_label_classification"] },
  ...{ mixup: [0], cutmix: [0], model_ema: [false], update_freq: [1], accum_iter: [1] },
}

/** Fields that do not matter here: names, how masks were drawn, settings read elsewhere. */
const descriptions: ReadonlySet<string> = new Set([
  ...["model", "name", "what", "notes", "use_checkpoint", "with_checkpoint", "with_cp"],
  ...["init_scale", "initializer_range", "mask_ratio", "decoder_mask_ratio", "mask_type"],
  ...["decoder_mask_type", "window_size", "mask_window_size", "sampling_rate", "seed"],
  ...["clip_grad", "layer_decay", "smoothing", "label_smoothing", "weight_decay"],
  ...["architectures", "model_type", "torch_dtype", "dtype", "transformers_version"],
  ...["_name_or_path", "_commit_hash", "id2label", "label2id", "num_labels"],
])
