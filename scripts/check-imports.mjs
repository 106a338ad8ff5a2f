// Arrows point down only: a package imports packages below it, and says so in its manifest.
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { packages } from "./packages.mjs"
import { root } from "./setup.mjs"

/** Lower layers first; packages of one layer do not know each other. */
const layers = [
  ["@tubelet/core"],
  ["@tubelet/onnx", "@tubelet/masking", "@tubelet/vit", "@tubelet/checkpoint", "@tubelet/video"],
  ["@tubelet/models", "@tubelet/backend-cpu"],
  ["@tubelet/train"],
  ["tubelet"],
]

const layerOf = (name) => layers.findIndex((layer) => layer.includes(name))
const imported = /(?:from|import)\s*\(?\s*"((?:@tubelet\/[\w-]+|tubelet))(?:\/[\w-]+)?"/g

const problems = []
for (const { folder, manifest } of packages) {
  const own = layerOf(manifest.name)
  if (own < 0) problems.push(`${manifest.name} stands in no layer of scripts/check-imports.mjs`)
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  const sources = readdirSync(join(folder, "src"), { recursive: true })
  for (const file of sources.filter((f) => f.endsWith(".ts"))) {
    const path = join(folder, "src", file)
    for (const [, name] of readFileSync(path, "utf8").matchAll(imported)) {
      const where = relative(root, path)
      if (name === manifest.name) continue
      if (layerOf(name) >= own) problems.push(`${where} imports ${name}, which is not below it`)
      if (!declared[name]) problems.push(`${where} imports ${name}, which its package does not name`)
    }
  }
}
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exit(1)
}
console.log(`imports of ${packages.length} packages point down only`)
