// Packs every package and uses it as users do: alone, with each installer, in Node and in a page.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium } from "./chromium.mjs"
import { packages } from "./packages.mjs"
import { each } from "./parallel.mjs"
import { problemsOfContents } from "./tarballs/contents.mjs"
import { problemsOfImports } from "./tarballs/imports.mjs"
import { install, installers } from "./tarballs/installers.mjs"
import { nodes } from "./tarballs/nodes.mjs"
import { pack, withDependencies } from "./tarballs/pack.mjs"
import { problemsOfPages } from "./tarballs/pages.mjs"
import { problemsOfUse } from "./tarballs/project.mjs"
import { problemsOfStandards } from "./tarballs/standards.mjs"
import { problemsOfTypes } from "./tarballs/types.mjs"
import { hasFfmpeg, problemsWithoutNodeAv } from "./tarballs/without-node-av.mjs"

const target = mkdtempSync(join(tmpdir(), "tubelet-packages-"))
let failed = false

/** One line for the check, and one per problem. */
function report(what, problems) {
  if (problems.length > 0) failed = true
  console.log(`${what}: ${problems.length > 0 ? problems.join("\n") : "fine"}`)
}
const leftOut = (what, why) => console.log(`${what}: LEFT OUT, ${why}`)

async function checkTarball(tarball) {
  const standards = await problemsOfStandards(tarball)
  const problems = [...problemsOfContents(tarball), ...problemsOfImports(tarball), ...standards]
  report(`${tarball.name}, its tarball`, problems)
}

/** Each package in its own folder, with its dependencies. */
async function checkInstaller(installer, tarballs) {
  let outOfReach = false
  const problems = await each(tarballs, async (tarball) => {
    if (outOfReach) return []
    const folder = mkdtempSync(join(target, "alone-"))
    try {
      await install(installer, folder, withDependencies(tarball, tarballs))
      return await problemsOfUse(folder, tarball)
    } catch ({ message, isNetwork }) {
      outOfReach ||= isNetwork
      return [`${tarball.name}: ${message}`]
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  const what = `each package alone by ${installer.name}`
  if (outOfReach) leftOut(what, "for the registry is out of reach")
  else report(what, problems.flat())
}

/** All packages in one folder, for every Node version and for pages. */
async function checkTogether(tarballs) {
  const folder = join(target, "together")
  try {
    await install(installers[0], folder, tarballs)
  } catch (error) {
    if (!error.isNetwork) throw error
    return leftOut("all packages in Node 20, 22, 24 and in pages", "the registry is out of reach")
  }
  report("the types of all packages", await problemsOfTypes(folder, tarballs))
  for (const { version, path, missing } of await nodes(target)) {
    const what = `all packages in Node ${version}`
    if (missing) leftOut(what, missing)
    else report(what, (await each(tarballs, (t) => problemsOfUse(folder, t, path))).flat())
  }
  const demo = "the demo's work without node-av"
  if (await hasFfmpeg()) report(demo, await problemsWithoutNodeAv(folder))
  else leftOut(demo, "for there is no ffmpeg: apt-get install ffmpeg")
  const what = "all packages in an app by Vite"
  if (chromium()) report(what, await problemsOfPages(folder, tarballs))
  else leftOut(what, "for there is no Chromium: apt-get install chromium")
}

try {
  const tarballs = await each(packages, (pkg) => pack(pkg, target))
  await each(tarballs, checkTarball)
  for (const installer of installers) await checkInstaller(installer, tarballs)
  await checkTogether(tarballs)
} finally {
  rmSync(target, { recursive: true })
}
process.exit(failed ? 1 : 0)
