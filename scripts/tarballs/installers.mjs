// How users install packages: npm with and without install scripts, and pnpm.
import { probe } from "../programs.mjs"
import { makeProject } from "./project.mjs"
import { outOfReach, reach } from "./registry.mjs"

const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]

/** A proxy that refuses connections, for install scripts that use one. */
const nowhere = "http://127.0.0.1:9"
const noProxy = {
  HTTP_PROXY: nowhere,
  HTTPS_PROXY: nowhere,
  GLOBAL_AGENT_HTTP_PROXY: nowhere,
  GLOBAL_AGENT_HTTPS_PROXY: nowhere,
}

/** Linux can run a program in an empty network namespace. */
const cut = ["unshare", "--net", "--map-root-user"]
const canCut = (await probe(cut[0], [...cut.slice(1), "true"])).well

const npm = {
  name: "npm, without install scripts",
  install: (folder) => probe("npm", ["install", "--ignore-scripts", reach, ...quiet], { folder }),
}

/** Runs after `npm`, which has filled npm's cache. */
const npmCutOff = {
  name: `npm, with install scripts that reach ${canCut ? "no network" : "nothing by a proxy"}`,
  install(folder) {
    const [program, ...args] = [...(canCut ? cut : []), "npm", "install", "--offline", ...quiet]
    return probe(program, args, { folder, variables: noProxy })
  },
}

const pnpm = {
  name: "pnpm",
  // Otherwise it would look for our packages in the registry, where they may not exist yet.
  fields: (specs) => ({ pnpm: { overrides: specs } }),
  install: (folder) => probe("pnpm", ["install", reach], { folder }),
}

export const installers = [npm, npmCutOff, pnpm]

/** Installs tarballs in a new folder. Throws the installer's output if it fails. */
export async function install({ install, fields }, folder, tarballs) {
  makeProject(folder, tarballs, fields)
  const { well, output } = await install(folder)
  if (well) return
  throw Object.assign(new Error(output), { isNetwork: outOfReach.test(output) })
}
