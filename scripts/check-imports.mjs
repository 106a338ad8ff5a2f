// A package may import only packages below it, and must declare them in its manifest.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { packages } from "./packages.mjs"
import { root } from "./programs.mjs"

/** Lower layers first; packages in the same layer do not import each other. */
const layers = [
  ["@tubelet/core"],
  ["@tubelet/onnx", "@tubelet/masking", "@tubelet/vit", "@tubelet/checkpoint", "@tubelet/video"],
  ["@tubelet/models", "@tubelet/backend-cpu", "@tubelet/backend-webgpu"],
  ["@tubelet/train"],
  ["tubelet"],
]

const layerOf = (name) => layers.findIndex((layer) => layer.includes(name))
const ours = (name) => name === "tubelet" || name.startsWith("@tubelet/")
const imported = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g
const packageOf = (path) => path.match(/^@[^/]+\/[^/]+|^[^/]+/)[0]

function problemOf({ folder, manifest }, path, source) {
  if (source.startsWith(".")) {
    const outside = relative(folder, join(dirname(path), source)).startsWith("..")
    return outside && "which lies in another package: import that package by its name"
  }
  const name = packageOf(source)
  if (!ours(name)) return false
  if (layerOf(name) >= layerOf(manifest.name)) return `which is not below ${manifest.name}`
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  return !(name in declared) && `which the package.json of ${manifest.name} does not name`
}

function problemsOf(pkg) {
  const { folder, manifest } = pkg
  if (layerOf(manifest.name) < 0) {
    return [`${manifest.name} has no layer yet: give it one in scripts/check-imports.mjs`]
  }
  return readdirSync(join(folder, "src"), { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, "src", file))
    .flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(imported)].flatMap(([, source]) => {
        const problem = problemOf(pkg, path, source)
        return problem ? [`${relative(root, path)} imports ${source}, ${problem}`] : []
      }),
    )
}

const problems = packages.flatMap(problemsOf)
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exit(1)
}
console.log(`The imports of ${packages.length} packages point down only.`)
