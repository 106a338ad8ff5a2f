// Strict types in every package and example.
import { spawnSync } from "node:child_process"
import { join, relative } from "node:path"
import { examples, packages } from "./packages.mjs"
import { environment, root } from "./setup.mjs"

let failed = 0
for (const { folder } of [...packages, ...examples]) {
  const project = join(folder, "tsconfig.json")
  const result = spawnSync("tsc", ["-p", project], { cwd: root, encoding: "utf8", env: environment() })
  if (result.status === 0) continue
  failed++
  console.error(`${relative(root, folder)}\n${result.stdout}${result.stderr}`)
}
console.log(`${packages.length + examples.length - failed} projects typed, ${failed} with errors`)
process.exit(failed > 0 ? 1 : 0)
