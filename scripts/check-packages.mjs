// Packs every package and checks the tarball as its users will get it.
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packages } from "./packages.mjs"
import { probe } from "./programs.mjs"

const checks = (tarball) => [
  ["publint", ["run", tarball, "--strict"]],
  ["attw", [tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji", "--no-color"]],
]

function problemsOf({ folder, manifest }, target) {
  const scripts = ["preinstall", "install", "postinstall"].filter((s) => manifest.scripts?.[s])
  const problems = scripts.map((script) => `it runs a script at its users' install: ${script}`)

  const packed = probe("pnpm", ["pack", "--pack-destination", target], folder)
  const [tarball] = readdirSync(target)
  if (!packed.well || !tarball) return [...problems, packed.output]

  const wanted = ["README.md", "LICENSE"].filter((file) => !packed.output.includes(file))
  problems.push(...wanted.map((file) => `${file} is not in its tarball`))
  for (const [program, args] of checks(join(target, tarball))) {
    const { well, output } = probe(program, args, folder)
    if (!well) problems.push(`${program}: ${output}`)
  }
  return problems
}

let failed = 0
for (const pkg of packages) {
  const target = mkdtempSync(join(tmpdir(), "tubelet-pack-"))
  const problems = problemsOf(pkg, target)
  rmSync(target, { recursive: true })
  if (problems.length > 0) failed += 1
  console.log(`${pkg.manifest.name}: ${problems.length > 0 ? problems.join("\n") : "fine"}`)
}
process.exit(failed > 0 ? 1 : 0)
