import { fileURLToPath } from "node:url"
import { build, preview } from "vite"
import { sources } from "../../scripts/bundle.mjs"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The page, built from the packages' sources, and a server of it; `browser` names the build. */
export async function servePage(browser: string) {
  const outDir = here(`../../node_modules/.cache/tab-training-${browser}`)
  const app = { root: here("."), configFile: false, logLevel: "error" } as const
  await build({ ...app, resolve: { alias: sources }, build: { outDir, emptyOutDir: true } })
  const server = await preview({ ...app, build: { outDir }, preview: { port: 0 } })
  return { address: server.resolvedUrls!.local[0], close: () => server.close() }
}
