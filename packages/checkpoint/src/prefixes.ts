import { TubeletError } from "@tubelet/core"

/** What wrappers put before every name: DDP, torch.compile, a class around the model. */
const wrappers = ["module.", "_orig_mod.", "model.", "backbone."]

/** Names without what wrappers put before them. */
export interface Unwrapped {
  /** What was taken off, outermost first. */
  readonly prefixes: readonly string[]
  /** Each file's name, by the name that is left. */
  readonly names: ReadonlyMap<string, string>
}

/**
 * Takes wrappers' prefixes off, which all names bear; `backbone.` also where only some do, as the
 * originals' loaders do it: heads stand beside a backbone.
 */
export function unwrap(names: readonly string[], file: string): Unwrapped {
  const prefixes: string[] = []
  let bare = [...names]
  for (;;) {
    const prefix = wrappers.find((p) => bare.length > 0 && bare.every((n) => n.startsWith(p)))
    if (prefix === undefined) break
    prefixes.push(prefix)
    bare = bare.map((name) => name.slice(prefix.length))
  }
  const backbone = "backbone."
  if (bare.some((name) => name.startsWith(backbone))) {
    prefixes.push(backbone)
    bare = bare.map((name) => (name.startsWith(backbone) ? name.slice(backbone.length) : name))
  }
  const byName = new Map(bare.map((name, i) => [name, names[i]!]))
  if (byName.size === names.length) return { prefixes, names: byName }
  throw new TubeletError(`${file} has names that differ by "${prefixes.join("")}" only`)
}
