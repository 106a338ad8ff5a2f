import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** Golden sets of the authors' code: next to the repository, or in TUBELET_FIXTURES. */
export const fixtures = process.env.TUBELET_FIXTURES ?? path("../../shared/fixtures")

/** The sets in the repository: a few of the authors', and those of scripts/golden. */
const own = path("../packages/cli/test/golden")

const setsIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, { folder, files: readdirSync(join(folder, name)) }])
    .filter(([, { files }]) => files.includes("outputs.safetensors"))

/**
 * The sets that verify compares, by name, with their folders and files.
 *
 * @returns {Record<string, { folder: string, files: string[] }>}
 */
export const goldenSets = () =>
  Object.fromEntries([own, fixtures].filter((folder) => existsSync(folder)).flatMap(setsIn))
