// Packs every package and checks the tarball as its users will get it.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packages } from "./packages.mjs"
import { environment } from "./setup.mjs"

const exec = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: "utf8", env: environment() })

let failed = 0
for (const { folder, manifest } of packages) {
  const problems = []
  const target = mkdtempSync(join(tmpdir(), "tubelet-pack-"))
  const packed = exec("pnpm", ["pack", "--pack-destination", target], folder)
  const [tarball] = readdirSync(target)
  if (!tarball) problems.push(packed.stdout + packed.stderr)
  else {
    const file = join(target, tarball)
    for (const [command, args] of [
      ["publint", ["run", file, "--strict"]],
      ["attw", [file, "--profile", "esm-only", "--no-emoji", "--format", "ascii"]],
    ]) {
      const checked = exec(command, args, folder)
      if (checked.status !== 0) problems.push(`${command}: ${checked.stdout}${checked.stderr}`)
    }
  }
  for (const script of ["preinstall", "install", "postinstall"]) {
    if (manifest.scripts?.[script]) problems.push(`it has an install script: ${script}`)
  }
  if (problems.length > 0) failed++
  console.log(problems.length > 0 ? `${manifest.name}: ${problems.join("\n")}` : `${manifest.name}: fine`)
}
process.exit(failed > 0 ? 1 : 0)
