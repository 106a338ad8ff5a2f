// Runs the command from its TypeScript sources, which Node 20 cannot read by itself.
import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const packages = fileURLToPath(new URL("../..", import.meta.url))
const names = readdirSync(packages)
const foldersOf = (name) => ["", ...readdirSync(`${packages}${name}/src`).map((e) => `/${e}`)]
// A package's other entries come before its first, whose name theirs begin with.
const entries = names.flatMap((name) =>
  foldersOf(name)
    .reverse()
    .map((folder) => [`@tubelet/${name}${folder}`, `${packages}${name}/src${folder}/index.ts`])
    .filter(([, source]) => existsSync(source)),
)

const jiti = createJiti(import.meta.url, { alias: Object.fromEntries(entries) })
await jiti.import(fileURLToPath(new URL("../src/main.ts", import.meta.url)))
