import { TubeletError } from "@tubelet/core"
import { urls } from "@tubelet/core/files"
import { settled } from "./floats.js"
import type { CustomTransform } from "./kinds.js"
import type { Transformer } from "./transform.js"

/**
 * The transform that a module's default export makes of the options.
 *
 * @throws TubeletError if the module cannot be loaded or exports something else.
 */
export async function loadTransform({ module, ...options }: CustomTransform): Promise<Transformer> {
  const exported = await importDefault(module)
  const made = typeof exported === "function" ? blaming(module, () => exported(options)) : undefined
  if (typeof made?.draw !== "function") {
    throw new TubeletError(
      `${module}: not a transform`,
      "its default export must be a function of options that returns { draw(input, size, random) }",
    )
  }
  return settledFirst(made, module)
}

/** Runs a module's code; its errors are not the clip's fault, so they end a run. */
function blaming<T>(module: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof TubeletError) throw cause
    const problem = `${module}: the transform failed: ${(cause as Error).message}`
    throw new TubeletError(problem, "correct the module", { cause })
  }
}

async function importDefault(path: string): Promise<unknown> {
  try {
    // Vite moves the call into a function that is not async, so it cannot await the URL there.
    const url = await urlOf(path)
    const loaded = await import(/* webpackIgnore: true */ /* @vite-ignore */ url)
    return loaded.default
  } catch (cause) {
    throw new TubeletError(
      `${path}: the transform's module could not be loaded: ${(cause as Error).message}`,
      "pass the path of a JavaScript module (.js, .mjs)",
      { cause },
    )
  }
}

/** A path's URL; a page has no paths, so there it is a URL already. */
async function urlOf(path: string): Promise<string> {
  if (/^[a-z]{2,}:/.test(path)) return path
  const { pathToFileURL } = await urls()
  return pathToFileURL(path).href
}

/** A custom transform sees plain bytes or floats, never a pending normalisation. */
const settledFirst = (transformer: Transformer, module: string): Transformer => ({
  draw(input, size, random) {
    const drawn = blaming(module, () => transformer.draw(input, size, random))
    return {
      ...drawn,
      apply: (frames, use) => blaming(module, () => drawn.apply(settled(frames, use.into), use)),
    }
  },
})
