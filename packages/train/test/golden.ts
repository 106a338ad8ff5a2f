import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const beside = process.env.TUBELET_FIXTURES ?? path("../../../../shared/fixtures")

/** The authors' numbers: all sets stand beside the repository; the small ones are kept here too. */
export function goldenJson<T>(name: string): T {
  const file = [`${beside}/${name}.json`, path(`./golden/${name}.json`)].find(existsSync)
  return JSON.parse(readFileSync(file!, "utf8"))
}
