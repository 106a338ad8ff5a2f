import { defineConfig } from "tsup"

/**
 * The build of every package: ESM with types, one file per export. `globals` is a package of global
 * types that the public types need.
 */
export const library = (entry: string[], globals?: string) =>
  defineConfig({
    entry: Object.fromEntries(
      entry.map((file) => [file.replace(/^src\//, "").replace(/\/index\.ts$|\.ts$/, ""), file]),
    ),
    format: "esm",
    target: "es2022",
    // Types of other packages come from their builds, as for a user, not from their sources.
    dts: {
      compilerOptions: { paths: {} },
      banner: globals && `/// <reference types="${globals}" />`,
    },
    clean: true,
    splitting: true,
    // tsup excludes dependencies from the bundle, but not optional ones.
    external: ["koffi", "onnxruntime-node"],
    treeshake: true,
    silent: true,
  })
