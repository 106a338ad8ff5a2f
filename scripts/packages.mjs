// The packages of the workspace, from their own manifests.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./setup.mjs"

const manifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

const below = (parent) =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, parent, entry.name))

export const packages = below("packages").map((folder) => ({ folder, manifest: manifest(folder) }))

export const examples = below("examples").flatMap((folder) => {
  try {
    return [{ folder, manifest: manifest(folder) }]
  } catch {
    return []
  }
})
