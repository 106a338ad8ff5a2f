// The size of what a page loads to train, minified and gzipped; an error if it exceeds its limit.
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { bundle, everythingOf, trained } from "./bundle.mjs"
import { root } from "./programs.mjs"

/** Limits in bytes: for everything that the packages export, and for a page that trains. */
const limits = { exported: 62_000, page: 66_000 }

/** The imports of a page that uses `pretrain`. */
const page = `
  export { webgpuBackend } from "@tubelet/backend-webgpu"
  export { tube } from "@tubelet/masking"
  export { presetConfig, pretrainModel } from "@tubelet/models"
  export { memoryClips, pretrain } from "@tubelet/train"
`

async function sizeOf(code) {
  // A package from which all others resolve, as in a user's node_modules.
  const chunks = await bundle({ page: code }, { root: join(root, "packages", "cli") })
  return loaded(chunks).reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

/** The chunks that a page loads at the start; dynamic imports, such as profiling, do not count. */
function loaded(chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const found = new Set()
  const visit = (chunk) => {
    if (!chunk || found.has(chunk)) return
    found.add(chunk)
    for (const name of chunk.imports) visit(byName.get(name))
  }
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk)
  return [...found]
}

const row = (name, bytes) =>
  console.log(`${name.padEnd(36)}${(bytes / 1000).toFixed(1).padStart(6)} kB`)

let total = 0
for (const [i, name] of trained.entries()) {
  const size = await sizeOf(everythingOf(trained.slice(0, i + 1)))
  row(`${i > 0 ? "and " : ""}@tubelet/${name}`, size - total)
  total = size
}
row("all that these export", total)
const needed = await sizeOf(page)
row("of them and train, what pretrain needs", needed)

function requireAtMost(bytes, limit) {
  if (bytes <= limit) return
  console.error(
    `that is ${bytes} bytes for a page to load, above ${limit}\n` +
      "see what grew, and leave out what pages can do without, or give it its own entry",
  )
  process.exit(1)
}
requireAtMost(total, limits.exported)
requireAtMost(needed, limits.page)
