import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { TubeletError } from "@tubelet/core"
import { decodeText } from "@tubelet/core/text"

// A user's file may import these without installing them.
const ours = ["core/random", "core", "masking", "models", "vit", "train", "video"].map(
  (n) => `@tubelet/${n}`,
)

/** The default export of a user's file, which may be TypeScript on any supported Node. */
export async function importUserFile(path: string): Promise<unknown> {
  const file = resolve(path)
  decodeText(await readFile(file), path)
  const { createJiti } = await import("jiti")
  const jiti = createJiti(import.meta.url, { alias: aliases(), moduleCache: false })
  try {
    return await jiti.import(file, { default: true })
  } catch (cause) {
    throw new TubeletError(
      `${path} could not be loaded: ${(cause as Error).message}`,
      "it must be a module that runs on its own and has a default export",
      { cause },
    )
  }
}

function aliases(): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of ours) {
    try {
      found[name] = fileURLToPath(import.meta.resolve(name))
    } catch {
      // Not resolvable from here, as when the sources run: the user's copy is used.
    }
  }
  return found
}
