/** Settings of the model, its clips and its masks that a script saved next to the weights. */
export interface SavedArgs {
  /** Key in the file: `args`, `hyper_parameters`. */
  readonly from: string
  /** The model's name in the script: `pretrain_videomae_base_patch16_224`. */
  readonly model?: string
  readonly frames?: number
  /** Side of the input image in pixels. */
  readonly imageSize?: number
  /** Side of a patch in pixels. */
  readonly patchSize?: number
  readonly tubelet?: number
  readonly heads?: number
  readonly decoderHeads?: number
  readonly decoderDepth?: number
  readonly classes?: number
  /** Whether the target is pixels normalised per patch. */
  readonly normalisedTarget?: boolean
  readonly masking?: string
  readonly maskRatio?: number
  /** Share of tokens that the decoder does not predict (VideoMAE V2 only). */
  readonly decoderMaskRatio?: number
  /** Video frames from one frame of the clip to the next. */
  readonly stride?: number
}

/** Keys under which scripts save them: the authors', Lightning and others. */
const places = ["args", "hyper_parameters", "hparams", "config", "cfg", "opt"]

type Read<T> = (value: unknown) => T | undefined

const count: Read<number> = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) < 2 ** 24
    ? Number(value)
    : undefined
const share: Read<number> = (value) =>
  typeof value === "number" && value >= 0 && value < 1 ? value : undefined
const flag: Read<boolean> = (value) => (typeof value === "boolean" ? value : undefined)
const text: Read<string> = (value) =>
  typeof value === "string" && value.length < 200 ? value : undefined

/** A count, or one per side if they are equal. */
const side: Read<number> = (value) => {
  const [first, ...others] = Array.isArray(value) ? value : [value]
  return others.every((other) => other === first) ? count(first) : undefined
}

/** Each field and its aliases. `normlize_target` is the authors' spelling. */
const fields: {
  readonly [K in keyof Required<Omit<SavedArgs, "from">>]: readonly [
    Read<Required<SavedArgs>[K]>,
    ...string[],
  ]
} = {
  model: [text, "model", "model_name", "model.name", "arch"],
  frames: [count, "num_frames", "frames", "clip_len", "n_frames"],
  imageSize: [side, "input_size", "img_size", "image_size", "crop_size"],
  patchSize: [side, "patch_size"],
  tubelet: [count, "tubelet_size"],
  heads: [count, "num_heads", "encoder_num_heads"],
  decoderHeads: [count, "decoder_num_heads"],
  decoderDepth: [count, "decoder_depth"],
  classes: [count, "nb_classes", "num_classes"],
  normalisedTarget: [flag, "normlize_target", "normalize_target", "norm_pix_loss"],
  masking: [text, "mask_type"],
  maskRatio: [share, "mask_ratio"],
  decoderMaskRatio: [share, "decoder_mask_ratio"],
  stride: [count, "sampling_rate"],
}

/** Reads the settings from the files next to the weights; undefined if none exist. */
export function savedArgs(others: ReadonlyMap<unknown, unknown>): SavedArgs | undefined {
  for (const from of places) {
    const values = flattened(others.get(from))
    const found = Object.entries(fields).flatMap(([field, [read, ...names]]) => {
      const value = names.map((name) => read(values.get(name))).find((v) => v !== undefined)
      return value === undefined ? [] : [[field, value] as const]
    })
    if (found.length > 0) return { from, ...Object.fromEntries(found) }
  }
  return undefined
}

/** Largest depth of nested settings. */
const deepest = 4

/**
 * Every setting by its name and by its section and name (`model.name`). Of duplicates, the less
 * deeply nested one wins.
 */
function flattened(root: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  const seen = new Set<unknown>()
  let level: (readonly [section: string, value: unknown])[] = [["", root]]
  for (let depth = 0; depth < deepest; depth++) {
    const next: typeof level = []
    for (const [section, value] of level) {
      const map = contentOf(value)
      if (!(map instanceof Map) || seen.has(map)) continue
      seen.add(map)
      for (const [key, inner] of map) {
        const content = contentOf(inner)
        for (const name of [String(key), `${section}.${key}`]) {
          if (!found.has(name)) found.set(name, content)
        }
        next.push([String(key), content])
      }
    }
    level = next
  }
  return found
}

/** A value itself. OmegaConf's containers and leaves store it in an attribute. */
function contentOf(value: unknown): unknown {
  if (!(value instanceof Map)) return value
  if (value.has("_content")) return value.get("_content")
  return value.has("_val") ? value.get("_val") : value
}
