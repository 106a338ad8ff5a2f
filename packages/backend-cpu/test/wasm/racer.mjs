// A process whose team of two does as many jobs as it is told, each so short that a wait may see
// the notice of the job before. It prints how often each share was run.
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const source = (path) => fileURLToPath(new URL(path, import.meta.url))
const jiti = createJiti(import.meta.url)
const { threadTeam } = await jiti.import(source("../../src/wasm/team.ts"))
const { counting } = await jiti.import(source("./team-kernels.ts"))

const team = threadTeam(2)
const { kernel, counts } = counting()
const jobs = Number(process.argv[2])
for (let left = jobs; left > 0; left -= 500) {
  for (let i = Math.min(left, 500); i > 0; i--) team.run(kernel, [[0], [4]])
  await new Promise(setImmediate) // A thread that dies is heard of.
}
process.stdout.write(JSON.stringify(counts(2)), () => process.exit())
