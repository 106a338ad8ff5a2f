// Runs the command from its TypeScript sources, for tests: Node 20 cannot read them by itself.
import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const packages = fileURLToPath(new URL("../..", import.meta.url))
const entries = readdirSync(`${packages}core/src`)
  .map((name) => [`@tubelet/core/${name}`, `${packages}core/src/${name}/index.ts`])
  .filter(([, source]) => existsSync(source))
const names = readdirSync(packages).map((name) => [
  `@tubelet/${name}`,
  `${packages}${name}/src/index.ts`,
])

const jiti = createJiti(import.meta.url, { alias: Object.fromEntries([...entries, ...names]) })
const { run } = await jiti.import(fileURLToPath(new URL("../src/index.ts", import.meta.url)))
process.exit(await run(process.argv.slice(2)))
