import { bundle, everythingOf, sources, trained } from "./bundle.mjs"
import { root } from "./programs.mjs"

const modules = {
  everything: everythingOf(trained),
  testing: 'export * from "@tubelet/core/testing"\n',
}

/**
 * A plugin that gives browser tests the packages as pages load them: `minified:everything` exports
 * every package that a page trains with under its name, and `minified:testing` the test helpers.
 */
export function minified() {
  const prefix = "minified:"
  let built
  return {
    name: "minified",
    resolveId(id, importer) {
      if (id.startsWith(prefix)) return `\0${id}.js`
      // A chunk shared by both.
      if (importer?.startsWith(`\0${prefix}`)) return `\0${prefix}${id.replace("./", "")}`
    },
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) return
      built ??= bundle(modules, { root, alias: sources })
      const file = id.slice(1 + prefix.length)
      return (await built).find(({ fileName }) => fileName === file).code
    },
  }
}
