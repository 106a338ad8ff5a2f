// The tarball of a package as npm would get it, and its files in a folder.
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { probe } from "../programs.mjs"

/** Packs a package into `target`. Throws pnpm's output if it fails. */
export async function pack({ folder, manifest: { name } }, target) {
  const own = join(target, name.replace("@", "").replace("/", "-"))
  mkdirSync(own)
  const file = join(own, "package.tgz")
  const packed = await probe("pnpm", ["pack", "--out", file], { folder })
  if (!packed.well) throw new Error(`${name} cannot be packed:\n${packed.output}`)
  const { well, output } = await probe("tar", ["-xzf", file, "-C", own])
  if (!well) throw new Error(`${file} cannot be unpacked:\n${output}`)

  const content = join(own, "package")
  const manifest = JSON.parse(readFileSync(join(content, "package.json"), "utf8"))
  return { name, file, content, manifest }
}

/** The tarball of a package, after those of the workspace packages it depends on. */
export function withDependencies(tarball, all) {
  const needed = Object.keys(tarball.manifest.dependencies ?? {})
  const ours = all.filter(({ name }) => needed.includes(name))
  return [...new Set([...ours.flatMap((one) => withDependencies(one, all)), tarball])]
}

/** The names under which users import a package, one per export. */
export const entriesOf = ({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => `${name}${path.slice(1)}`)
