import { expect, test } from "vitest"
import { bundle, sources } from "../../../scripts/bundle.mjs"
import { root } from "../../../scripts/programs.mjs"

test("pages do not load the `webgpu` package", async () => {
  const page = 'export * from "@tubelet/backend-webgpu"'
  const chunks = await bundle({ page }, { root, alias: sources })
  const own = chunks.map((chunk: { fileName: string }) => chunk.fileName)
  for (const { imports, dynamicImports, code } of chunks) {
    for (const name of [...imports, ...dynamicImports]) expect(own).toContain(name)
    expect(code).not.toContain("npm install webgpu")
  }
})
