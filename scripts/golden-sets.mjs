import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** Numbers of the authors' code: beside the repository, or where TUBELET_FIXTURES says. */
export const fixtures = process.env.TUBELET_FIXTURES ?? path("../../shared/fixtures")

/** The few sets that lie in the project. */
const own = path("../packages/cli/test/golden")

/** The sets that verify compares, all or the project's own: their folder, and the files of each. */
/** @returns {{ folder: string, files: Record<string, string[]> }} */
export function goldenSets() {
  const folder = existsSync(join(fixtures, "mae-trajectory-tiny")) ? fixtures : own
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, readdirSync(join(folder, name))])
    .filter(([, files]) => files.includes("outputs.safetensors"))
  return { folder, files: Object.fromEntries(files) }
}
