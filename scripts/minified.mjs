import { bundle, everythingOf, sources, trained } from "./bundle.mjs"
import { root } from "./programs.mjs"

const modules = {
  everything: everythingOf(trained),
  testing: 'export * from "@tubelet/core/testing"\n',
}

/**
 * A plugin that gives tests in pages the packages as they are served: `minified:everything` exports
 * each package that a page trains with under its name, `minified:testing` what tests them.
 */
export function minified() {
  const prefix = "minified:"
  let built
  return {
    name: "minified",
    resolveId(id, importer) {
      if (id.startsWith(prefix)) return `\0${id}.js`
      // A chunk that both share.
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
