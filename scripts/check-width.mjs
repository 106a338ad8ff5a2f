// The formatter does not wrap comments and strings; this enforces 100 columns for them too.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { probe, root } from "./programs.mjs"

const limit = 100
const tracked = await probe("git", [
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
  "--deduplicate",
])
const sources = tracked.output.split("\n").filter((file) => /\.(ts|mjs)$|^\.ci\/run$/.test(file))

const read = (file) => {
  try {
    return readFileSync(join(root, file), "utf8")
  } catch {
    return "" // deleted, but not committed yet
  }
}
const long = sources.flatMap((file) =>
  read(file)
    .split("\n")
    .flatMap((line, index) =>
      line.length > limit ? [`${file}:${index + 1} has ${line.length} columns`] : [],
    ),
)
if (long.length > 0) {
  console.error(`${long.join("\n")}\nthe limit is ${limit}: break the line`)
  process.exit(1)
}
console.log(`No line of ${sources.length} sources is over ${limit} columns.`)
