// Packs every package and checks the tarball as its users will get it.
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { packages } from "./packages.mjs"
import { probe } from "./programs.mjs"

/** Problems of what is to be published, by the tools that know the rules of npm and TypeScript. */
function problemsOfTarball(folder, target) {
  const packed = probe("pnpm", ["pack", "--pack-destination", target], folder)
  const [name] = readdirSync(target)
  if (!packed.well || !name) return [packed.output]

  const tarball = join(target, name)
  const files = probe("tar", ["-tf", tarball]).output.split(/\r?\n/)
  const missing = ["README.md", "LICENSE"].filter((file) => !files.includes(`package/${file}`))
  const checks = [
    probe("publint", ["run", tarball, "--strict"], folder),
    probe("attw", [tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji"], folder),
  ]
  return [
    ...missing.map((file) => `${file} is missing`),
    ...checks.filter(({ well }) => !well).map(({ output }) => output),
  ]
}

/** Each entry must load in bare Node, under the name that users write. */
function problemsOfImports({ folder, manifest }) {
  return Object.keys(manifest.exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => join(manifest.name, path).replaceAll("\\", "/"))
    .flatMap((entry) => {
      const program = `await import("${entry}")`
      const { well, output } = probe(
        process.execPath,
        ["--input-type=module", "-e", program],
        folder,
      )
      return well ? [] : [`import "${entry}": ${output}`]
    })
}

function problemsOf(pkg) {
  const target = mkdtempSync(join(tmpdir(), "tubelet-pack-"))
  try {
    return [...problemsOfTarball(pkg.folder, target), ...problemsOfImports(pkg)]
  } finally {
    rmSync(target, { recursive: true })
  }
}

let failed = 0
for (const pkg of packages) {
  const problems = problemsOf(pkg)
  if (problems.length > 0) failed += 1
  console.log(`${pkg.manifest.name}: ${problems.length > 0 ? problems.join("\n") : "fine"}`)
}
process.exit(failed > 0 ? 1 : 0)
