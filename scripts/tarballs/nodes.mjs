// Programs of the supported Node versions, from npm packages that contain nothing else.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { probe, windows } from "../programs.mjs"
import { reach } from "./registry.mjs"

const versions = [20, 22, 24]
const system = windows ? "win" : process.platform
const name = `node-${system}-${process.arch}`

/** The program of each version, or the reason why it is unavailable. */
export function nodes(target) {
  return Promise.all(
    versions.map(async (version) => {
      if (process.versions.node.startsWith(`${version}.`))
        return { version, path: process.execPath }
      const folder = join(target, `node-${version}`)
      mkdirSync(folder)
      const args = ["install", `${name}@${version}`, reach, "--ignore-scripts"]
      const { well, output } = await probe("npm", [...args, "--no-audit"], { folder })
      const path = join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node")
      return well ? { version, path } : { version, missing: output }
    }),
  )
}
