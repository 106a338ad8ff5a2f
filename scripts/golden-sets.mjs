import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** Numbers of the authors' code: beside the repository, or where TUBELET_FIXTURES says. */
export const fixtures = process.env.TUBELET_FIXTURES ?? path("../../shared/fixtures")

/** Sets that lie in the project: a few of theirs, and those of scripts/golden. */
const own = path("../packages/cli/test/golden")

const setsIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, { folder, files: readdirSync(join(folder, name)) }])
    .filter(([, { files }]) => files.includes("outputs.safetensors"))

/**
 * The sets that verify compares, by name: the folder that each lies in, and its files.
 *
 * @returns {Record<string, { folder: string, files: string[] }>}
 */
export const goldenSets = () =>
  Object.fromEntries([own, fixtures].filter((folder) => existsSync(folder)).flatMap(setsIn))
