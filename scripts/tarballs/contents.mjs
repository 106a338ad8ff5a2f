// Checks that a tarball contains what users need, and no development files.
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const required = ["README.md", "LICENSE", "package.json"]
const allowed = /^(dist|bin)$|^(dist\/.+\.(js|d\.ts)|bin\/.+\.mjs|page\/.+\.(html|css|js))$/
/** Scripts that npm would run on the user's machine. */
const hooks = ["preinstall", "install", "postinstall", "prepare", "prepublish"]

const targetsOf = (value) =>
  typeof value === "string" ? [value] : Object.values(value).flatMap(targetsOf)

export function problemsOfContents({ content, manifest }) {
  const files = readdirSync(content, { recursive: true })
    .filter((path) => statSync(join(content, path)).isFile())
    .map((path) => path.replaceAll("\\", "/"))
  const extra = files.filter((file) => !required.includes(file) && !allowed.test(file))
  const targets = [...targetsOf(manifest.exports), ...targetsOf(manifest.bin ?? {})]
  const lost = targets.filter((path) => !existsSync(join(content, path)))
  const exported = Object.values(manifest.exports).filter((e) => typeof e !== "string")
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })
  return [
    ...required.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ...extra.map((file) => `${file} does not belong there: see "files" in package.json`),
    ...lost.map((path) => `package.json names ${path}, which is not there`),
    ...(exported.every((e) => e.types) ? [] : ["an export has no types"]),
    ...(exported.every((e) => e.default) ? [] : ['an export lacks "default": require() fails']),
    ...(manifest.sideEffects === false ? [] : ['"sideEffects" is not false: bundlers keep it all']),
    ...hooks.filter((hook) => manifest.scripts?.[hook]).map((hook) => `it has a script ${hook}`),
    ...versions
      .filter(([, version]) => /^(workspace|catalog|file|link):/.test(version))
      .map(([name, version]) => `${name} is wanted as ${version}, which npm does not know`),
  ]
}
