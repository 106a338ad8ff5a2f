import { once } from "node:events"
import { stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { defineCommand } from "../shell/command.js"
import { shortPath } from "../shell/short-path.js"
import { watch } from "../watch/watch.js"

export const watchCommand = defineCommand({
  name: "watch",
  summary: "show runs as curves and pictures in a local page",
  operands: ["folder: a run's folder, or one with several"],
  flags: {},
  details:
    "Shows running and finished runs, several of them overlaid, and the PNG files in their\n" +
    "folders. The page is served to this machine alone, to those who have its address. Ctrl-C\n" +
    "ends it. --open does the same during a run.",
  example: "tubelet watch runs",
  onStop: "closing the page",

  async run([folder], _, { output, signal }) {
    const found = await stat(folder).catch(() => undefined)
    if (!found?.isDirectory()) {
      throw new TubeletError(`${folder} is not a folder`, "pass a run's folder, or one with runs")
    }
    const page = await watch(folder, output)
    output.json({ folder, address: page.address })
    if (!signal.aborted) await once(signal, "abort")
    await page.close(`tubelet watch ${shortPath(folder)} has ended`)
    return 0
  },
})
