/** Segments that wrappers (DDP, torch.compile, FSDP) insert anywhere in names. */
const wrappers = new Set([
  "module",
  "_orig_mod",
  "_fsdp_wrapped_module",
  "_checkpoint_wrapped_module",
])

/** A name without wrappers' segments. */
const unwrapped = (name: string): string =>
  name
    .split(".")
    .filter((segment, i, all) => i === all.length - 1 || !wrappers.has(segment))
    .join(".")

/** Names that every model of a scheme has, the authors' and Hugging Face's; surest first. */
const anchors = [
  [
    String.raw`(encoder\.)?patch_embed\.proj\.weight$`,
    String.raw`((videomae|vit)\.)?embeddings\.patch_embeddings\.projection\.weight$`,
  ],
  // A file without its patch embedding still has its blocks.
  [
    String.raw`(encoder\.|decoder\.|decoder_)?blocks\.\d+\.`,
    String.raw`(((videomae|vit)\.)?encoder\.layer|decoder\.decoder_layers)\.\d+\.`,
  ],
].map((names) => new RegExp(String.raw`^(?<prefix>([^.]+\.)*?)(${names.join("|")})`))

/**
 * The prefix of each model in a set of names, such as `""` or `"net.model."`. Empty if there
 * is no known model.
 */
export function modelsIn(names: readonly string[]): string[] {
  const bare = names.map(unwrapped)
  for (const anchor of anchors) {
    const found = new Set(bare.flatMap((name) => anchor.exec(name)?.groups?.prefix ?? []))
    if (found.size > 0) return [...found]
  }
  return []
}

/** One model's names. */
export interface ModelNames {
  /** Stripped prefixes, outermost first: `module.`, `net.`, `_orig_mod.`. */
  readonly prefixes: readonly string[]
  /** Maps the model's names to the file's. */
  readonly names: ReadonlyMap<string, string>
  /** Names in the file that are not part of the model: a criterion, a metric, another model. */
  readonly foreign: readonly string[]
}

/** What training code keeps in the same module as the model. */
const besideWords = [
  ...["criterion", "loss", "losses", "metric", "metrics", "accuracy", "acc", "optimi[sz]er"],
  ...["scaler", "scheduler", "projector", "projection", "predictor", "queue", "ema"],
  ...["n_averaged", "num_updates", "global_step"],
]
const beside = new RegExp(
  [
    String.raw`^(\w+_)?(${besideWords.join("|")})(_\w+)?(\.|$)`,
    // PyTorch's batch norm counts its batches, as in the head of MAE's linear probe.
    String.raw`\.num_batches_tracked$`,
  ].join("|"),
  "i",
)

/** Parts of a model that may be outside the prefix of its backbone. */
const outside = new RegExp(
  [
    String.raw`^(head|classifier|fc_norm|norm)\.(weight|bias)$`,
    String.raw`^(patch_embed|blocks\.\d+)\.|^(cls_token|pos_embed)$`,
  ].join("|"),
)

const isDecoder = (name: string): boolean =>
  /^(decoder[._]|mask_token$|encoder_to_decoder\.)/.test(name)

/**
 * Strips the prefix of a model, one of `modelsIn`, and wrappers from its names. Returns undefined
 * if two names would become equal.
 */
export function namesOfModel(all: readonly string[], prefix: string): ModelNames | undefined {
  const models = modelsIn(all)
  const others = models.filter((p) => p !== prefix && p.startsWith(prefix))
  const names = new Map<string, string>()
  const rest: (readonly [string, string])[] = []
  for (const name of all) {
    const bare = unwrapped(name)
    const own = bare.startsWith(prefix) && !others.some((other) => bare.startsWith(other))
    const left = bare.slice(prefix.length)
    if (!own || (models.length > 0 && beside.test(left))) rest.push([bare, name])
    else if (names.has(left)) return undefined
    else names.set(left, name)
  }
  const open = prefix !== "" && !models.includes("") && ![...names.keys()].some(isDecoder)
  const foreign = rest.flatMap(([bare, name]) => {
    if (!open || !outside.test(bare) || names.has(bare)) return [name]
    names.set(bare, name)
    return []
  })
  return { prefixes: prefixesOf(all, prefix), names, foreign }
}

function prefixesOf(all: readonly string[], prefix: string): string[] {
  const first = all.find((name) => unwrapped(name).startsWith(prefix))
  const left = prefix.split(".").slice(0, -1)
  const taken = (first ?? "")
    .split(".")
    .slice(0, -1)
    .filter((segment) => {
      if (wrappers.has(segment)) return true
      return left.shift() !== undefined
    })
  return taken.map((segment) => `${segment}.`)
}
