import { existsSync, readFileSync } from "node:fs"
import { defineConfig } from "vitepress"

/** TypeDoc writes its own sidebar beside the pages it generates. */
const sidebar = new URL("../api/typedoc-sidebar.json", import.meta.url)
const api = existsSync(sidebar) ? JSON.parse(readFileSync(sidebar, "utf8")) : []

export default defineConfig({
  title: "Tubelet",
  description: "Masked autoencoders for images and video in TypeScript",
  cleanUrls: true,
  themeConfig: {
    nav: [
      { text: "Guide", link: "/guide/" },
      { text: "Benchmarks", link: "/benchmarks" },
      { text: "API", link: "/api/" },
    ],
    sidebar: {
      "/api/": [{ text: "API", items: api }],
      "/": [
        {
          text: "Guide",
          items: [
            { text: "Getting started", link: "/guide/" },
            { text: "From clips to predictions", link: "/guide/classifier" },
            { text: "Data sets", link: "/guide/data-sets" },
            { text: "Recipes", link: "/guide/recipes" },
            { text: "How the compiler works", link: "/guide/compiler" },
            { text: "How to write a backend", link: "/guide/backend" },
            { text: "Benchmarks", link: "/benchmarks" },
            { text: "Evidence", link: "/evidence" },
          ],
        },
      ],
    },
    search: { provider: "local" },
  },
  // The search index holds the whole API.
  vite: { build: { chunkSizeWarningLimit: 4096 } },
})
