import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { windows } from "./programs.mjs"

const fromHere = createRequire(import.meta.url)

/**
 * The program of the `deno` package, which is in a platform package that `npm` and `pnpm` install
 * with it. Undefined if there is none, as on musl and rare processors.
 */
export function deno() {
  const { optionalDependencies } = fromHere("deno/package.json")
  const { resolve } = createRequire(fromHere.resolve("deno/package.json"))
  for (const name of Object.keys(optionalDependencies)) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), windows ? "deno.exe" : "deno")
    } catch {
      // A package for another platform.
    }
  }
}
