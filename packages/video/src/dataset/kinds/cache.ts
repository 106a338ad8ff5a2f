import { readCache } from "../../cache/read.js"
import { defineKind } from "../kind.js"

/** A cache of decoded clips, which has no labels. */
export const cache = defineKind({
  name: "cache",
  markers: "cache.json and index.jsonl",
  detects: ({ files, only }) =>
    files.includes("cache.json") && files.includes("index.jsonl") && only === undefined
      ? ["cache.json", "index.jsonl"]
      : [],
  read: async ({ folder }, { onNotice }) => ({ clips: (await readCache(folder, onNotice)) ?? [] }),
})
