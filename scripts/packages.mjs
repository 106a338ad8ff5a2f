// The packages of the workspace, read from their manifests.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./programs.mjs"

export const packages = readdirSync(join(root, "packages")).map((name) => {
  const folder = join(root, "packages", name)
  return { folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }
})
