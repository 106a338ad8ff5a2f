// The command as one file, built from the sources: tests start it many times, and jiti compiles
// them anew in each process.
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "vite"
import { packages } from "./packages.mjs"
import { root } from "./programs.mjs"

const alias = packages.flatMap(({ folder, manifest: { name } }) => [
  { find: new RegExp(`^${name}/(\\w+)$`), replacement: join(folder, "src/$1/index.ts") },
  { find: new RegExp(`^${name}$`), replacement: join(folder, "src/index.ts") },
])

/** Modules keep the URL of their sources, and third-party modules are loaded from there. */
const inPlace = {
  name: "in place",
  enforce: "pre",
  transform: (code, id) =>
    code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)),
  async resolveId(source, importer, options) {
    if (source.startsWith("node:")) return { id: source, external: true }
    const found = await this.resolve(source, importer, { ...options, skipSelf: true })
    if (!found?.id.includes("/node_modules/")) return found
    return { id: pathToFileURL(found.id).href, external: true }
  },
}

/** Builds the command into a new folder in `parent` and returns its path. */
export async function commandBundle(parent) {
  const outDir = mkdtempSync(join(parent, "command-"))
  await build({
    ...{ root, configFile: false, logLevel: "error", resolve: { alias }, plugins: [inPlace] },
    ssr: { noExternal: true },
    build: {
      ...{ outDir, target: "node20", ssr: true, minify: false },
      rollupOptions: {
        input: join(root, "packages/cli/src/main.ts"),
        output: { entryFileNames: "tubelet.mjs", chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  })
  return join(outDir, "tubelet.mjs")
}
