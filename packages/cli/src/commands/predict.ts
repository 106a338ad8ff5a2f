import { createInterface } from "node:readline/promises"
import { TubeletError } from "@tubelet/core"
import { highest } from "@tubelet/train"
import { type ClipItem, discover } from "@tubelet/video"
import { trainedClassifier } from "../classify/classifier.js"
import { classified } from "../classify/classify.js"
import { classifyFlags } from "../flags/classify.js"
import { defineCommand } from "../shell/command.js"
import { whole } from "../shell/flag.js"

export const predictCommand = defineCommand({
  name: "predict",
  summary: "predict the classes of videos or images",
  operands: ["inputs...: videos, images, folders or lists; - reads paths from stdin"],
  flags: { ...classifyFlags, top: whole("classes to show (5)") },
  example: "tubelet predict clips/street-01.mp4 --checkpoint runs/finetune",

  async run(inputs, values, { output }) {
    const classifier = await trainedClassifier(values, output)
    const { names, model } = classifier
    if (!names) output.log("the classes have no names: pass them with --labels FILE")
    const pictures = model.config.system === "mae" ? "samples" : "frames"
    const items: ClipItem[] = []
    for (const input of await pathsOf(inputs)) items.push(...(await discover(input, { pictures })))
    const results: object[] = []
    let read = 0
    for await (const { clip, probabilities } of classified(items, classifier, values, output)) {
      const { path: input } = clip.item
      if (clip.reason !== undefined) {
        results.push({ input, error: clip.reason })
        continue
      }
      read++
      const best = highest(probabilities, values.top ?? 5)
      const predictions = best.map((label) => ({
        ...{ label, name: names?.[label] ?? String(label) },
        probability: probabilities[label],
      }))
      results.push({ input, predictions })
      const shown = predictions.map(
        ({ name, probability: p }) => `${name} ${(100 * p).toFixed(1)}%`,
      )
      output.print(`${input}: ${shown.join(", ")}`)
    }
    output.json({ results })
    if (read < items.length) output.print(`${items.length - read} of ${items.length} not read`)
    if (read === 0) throw new TubeletError("no clip could be read", "check the files")
    return 0
  },
})

/** The operands; `-` stands for the lines of stdin. */
async function pathsOf(inputs: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const input of inputs) {
    if (input !== "-") paths.push(input)
    else for await (const line of createInterface({ input: process.stdin })) paths.push(line)
  }
  return paths.filter((path) => path.trim() !== "")
}
