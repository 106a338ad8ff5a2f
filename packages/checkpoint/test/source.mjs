// Imports the sources of this package in a process that a test starts.
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const source = (path) => fileURLToPath(new URL(path, import.meta.url))
const jiti = createJiti(import.meta.url, {
  alias: {
    "@tubelet/core/checksum": source("../../core/src/checksum/index.ts"),
    "@tubelet/core/text": source("../../core/src/text/index.ts"),
    "@tubelet/core/files": source("../../core/src/files/index.ts"),
    "@tubelet/core": source("../../core/src/index.ts"),
  },
})

export const load = (path) => jiti.import(source(`../src/${path}`))
