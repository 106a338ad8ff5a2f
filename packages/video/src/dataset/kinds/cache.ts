import { readDescription } from "../../cache/format.js"
import { readCache } from "../../cache/read.js"
import { defineKind } from "../kind.js"

/** A cache of decoded clips, with the labels of the data set that it was made of. */
export const cache = defineKind({
  name: "cache",
  markers: "cache.json and index.jsonl",
  detects: ({ files, only }) =>
    files.includes("cache.json") && files.includes("index.jsonl") && only === undefined
      ? ["cache.json", "index.jsonl"]
      : [],
  async read({ folder }, { onNotice }) {
    const clips = (await readCache(folder, onNotice)) ?? []
    const { classes } = (await readDescription(folder)) ?? {}
    return { clips, ...(classes && { classes }) }
  },
})
