import { defineConfig } from "tsup"

/**
 * The build every package shares: ESM, types beside it, one file per export. `globals` is a package
 * of global types that its public ones need.
 */
export const library = (entry: string[], globals?: string) =>
  defineConfig({
    entry: Object.fromEntries(
      entry.map((file) => [file.replace(/^src\//, "").replace(/\/index\.ts$|\.ts$/, ""), file]),
    ),
    format: "esm",
    target: "es2022",
    // Types of other packages come from their builds, as a user's would, not from their sources.
    dts: {
      compilerOptions: { paths: {} },
      banner: globals && `/// <reference types="${globals}" />`,
    },
    clean: true,
    splitting: true,
    // tsup leaves out what a manifest depends on, but not what is optional there.
    external: ["koffi", "onnxruntime-node"],
    treeshake: true,
    silent: true,
  })
