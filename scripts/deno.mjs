import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { windows } from "./programs.mjs"

const fromHere = createRequire(import.meta.url)

/**
 * The program of the package `deno`: it lies in a package of this platform, which `npm` and `pnpm`
 * install beside it. Undefined where there is none: musl, rarer processors.
 */
export function deno() {
  const { optionalDependencies } = fromHere("deno/package.json")
  const { resolve } = createRequire(fromHere.resolve("deno/package.json"))
  for (const name of Object.keys(optionalDependencies)) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), windows ? "deno.exe" : "deno")
    } catch {
      // Another platform's.
    }
  }
}
