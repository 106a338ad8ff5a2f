// Runs the worker from its TypeScript sources, for tests: Node 20 cannot load them.
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const source = (path) => fileURLToPath(new URL(path, import.meta.url))

const jiti = createJiti(import.meta.url, {
  alias: {
    "@tubelet/core/checksum": source("../../core/src/checksum/index.ts"),
    "@tubelet/core/files": source("../../core/src/files/index.ts"),
    "@tubelet/core/random": source("../../core/src/random/index.ts"),
    "@tubelet/core/text": source("../../core/src/text/index.ts"),
    "@tubelet/core/wasm": source("../../core/src/wasm/index.ts"),
    "@tubelet/core": source("../../core/src/index.ts"),
  },
})
await jiti.import(source("../src/worker.ts"))
