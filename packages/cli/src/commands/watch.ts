import { once } from "node:events"
import { stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { defineCommand } from "../shell/command.js"
import { shortPath } from "../shell/short-path.js"
import { watch } from "../watch/watch.js"

export const watchCommand = defineCommand({
  name: "watch",
  summary: "show the curves and images of runs in a local page",
  operands: ["folder: a run's folder, or one with several"],
  flags: {},
  details:
    "Shows running and finished runs, overlaid if you like, and the PNG files in their folders.\n" +
    "The page is served on this machine only and needs the token in its address. Ctrl-C stops\n" +
    "it. With --open, pretrain, finetune, probe and distill show their own run.",
  example: "tubelet watch runs",
  onStop: "closing the page",

  async run([folder], _, { output, signal }) {
    const found = await stat(folder).catch(() => undefined)
    if (!found?.isDirectory()) {
      throw new TubeletError(
        `${folder} is not a folder`,
        "pass a run's folder, or one that contains runs",
      )
    }
    const page = await watch(folder, output)
    output.json({ folder, address: page.address })
    if (!signal.aborted) await once(signal, "abort")
    await page.close(`tubelet watch ${shortPath(folder)} has ended`)
    return 0
  },
})
