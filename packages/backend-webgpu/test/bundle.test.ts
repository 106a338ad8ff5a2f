import { expect, test } from "vitest"
import { bundle, sources } from "../../../scripts/bundle.mjs"
import { root } from "../../../scripts/programs.mjs"

test("the package webgpu is no part of what a page loads", async () => {
  const page = 'export * from "@tubelet/backend-webgpu"'
  const chunks = await bundle({ page }, { root, alias: sources })
  expect(chunks).toHaveLength(1)
  expect(chunks[0]).toMatchObject({ imports: [], dynamicImports: [] })
  expect(chunks[0]!.code).not.toContain("npm install webgpu")
})
