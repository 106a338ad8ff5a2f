import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Tests read the sources, so no build stands between an edit and its test. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@tubelet\/core\/(\w+)$/, replacement: source("./packages/core/src/$1/index.ts") },
      { find: /^@tubelet\/([\w-]+)$/, replacement: source("./packages/$1/src/index.ts") },
      { find: /^tubelet$/, replacement: source("./packages/cli/src/index.ts") },
    ],
  },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "examples/*/*.test.ts",
      "scripts/**/*.test.ts",
      "bench/test/*.test.ts",
    ],
    testTimeout: 120_000,
    maxWorkers: 2,
  },
})
