// What a page loads, built as a bundler would: minified, with short names.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { build } from "vite"
import { packages } from "./packages.mjs"

/** What a page needs to train. */
export const trained = ["core", "vit", "masking", "models", "backend-webgpu"]

/** Aliases to the packages' browser sources instead of their builds. */
export const sources = packages.flatMap(({ folder, manifest: { name, browser = {} } }) => {
  const inSource = (path) => path.replace("./dist/", "")
  const others = Object.entries(browser).map(([node, page]) => ({
    // However far from there it is imported.
    find: new RegExp(`^\\.{1,2}/(?:.*/)?${inSource(node)}$`),
    replacement: join(folder, "src", inSource(page).replace(/js$/, "ts")),
  }))
  const entry = ["browser.ts", "index.ts"].find((file) => existsSync(join(folder, "src", file)))
  return [
    { find: new RegExp(`^${name}/(\\w+)$`), replacement: join(folder, "src/$1/index.ts") },
    { find: new RegExp(`^${name}$`), replacement: join(folder, "src", entry) },
    ...others,
  ]
})

/** A plugin that resolves modules which are not on disk. */
const written = (modules) => ({
  name: "written",
  resolveId: (id) => (id in modules ? `\0${id}` : undefined),
  load: (id) => modules[id.slice(1)],
})

/**
 * Bundles modules, given as name -> code, for browsers: the chunks, those of the names first.
 * `alias` is Vite's; without it packages are what their manifests say.
 *
 * @param {Record<string, string>} modules
 * @param {{ root: string, alias?: import("vite").Alias[] }} options
 */
export async function bundle(modules, { root, alias = [] }) {
  const { output } = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { alias },
    plugins: [written(modules)],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rollupOptions: {
        input: Object.fromEntries(Object.keys(modules).map((name) => [name, name])),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  })
  return output.filter(({ type }) => type === "chunk")
}

/** A module that exports some packages, each under a separate name. */
export const everythingOf = (names) =>
  names
    .map((name) => `export * as ${name.replaceAll(/\W/g, "_")} from "@tubelet/${name}"\n`)
    .join("")
