import { fileURLToPath } from "node:url"
import { build, type Rollup } from "vite"
import { expect, test } from "vitest"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

test("the package webgpu is no part of what a page loads", async () => {
  const core = source("../../core/src")
  const [bundle] = (await build({
    configFile: false,
    logLevel: "silent",
    resolve: {
      alias: [
        { find: /^@tubelet\/core\/(\w+)$/, replacement: `${core}/$1/index.ts` },
        { find: "@tubelet/core", replacement: `${core}/index.ts` },
      ],
    },
    build: { write: false, lib: { entry: source("../src/browser.ts"), formats: ["es"] } },
  })) as Rollup.RollupOutput[]
  const chunks = bundle!.output.filter((chunk) => chunk.type === "chunk")
  expect(chunks).toHaveLength(1)
  expect(chunks[0]).toMatchObject({ imports: [], dynamicImports: [] })
  expect(chunks[0]!.code).not.toContain("npm install webgpu")
})
