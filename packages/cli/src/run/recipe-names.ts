import type { System } from "@tubelet/models"
import {
  publishedDistillRecipes,
  publishedFinetuneRecipes,
  publishedProbeRecipes,
  publishedRecipes,
} from "@tubelet/train"
import { UsageError } from "../shell/errors.js"
import { typed } from "../shell/typed.js"

const few = "small-data"

/** The names of recipes by command. */
const namesOf: Readonly<Record<string, readonly string[]>> = {
  pretrain: Object.keys(publishedRecipes),
  finetune: [few, ...Object.keys(publishedFinetuneRecipes)],
  distill: [few, ...Object.keys(publishedDistillRecipes)],
  probe: Object.keys(publishedProbeRecipes),
}

/** The names of recipes that older versions had. */
const renamed: Readonly<Record<string, string>> = {
  "mae-imagenet": "mae/imagenet-pretrain",
  "videomae-kinetics": "videomae/k400-pretrain",
  "videomae-something": "videomae/ssv2-pretrain",
  "videomae-ucf101": "videomae/ucf101-pretrain",
  "videomaev2-b": "videomaev2/hybrid-b-pretrain",
  "videomaev2-l": "videomaev2/hybrid-l-pretrain",
  "videomaev2-h": "videomaev2/hybrid-h-pretrain",
  "videomaev2-g": "videomaev2/hybrid-g-pretrain",
}

/** Throws if a command has no recipe of this name, and says which was probably meant. */
export function requireRecipe(
  name: string,
  { command, system }: { readonly command: string; readonly system: System },
): void {
  if (namesOf[command].includes(name)) return
  const current = Object.hasOwn(renamed, name) ? renamed[name] : name
  const other = Object.keys(namesOf).find((one) => namesOf[one].includes(current))
  if (other === undefined) {
    throw new UsageError(`unknown recipe "${name}"`, adviceOn(name, { command, system }))
  }
  const next = `run ${typed(`tubelet ${other} --recipe ${current}`)}`
  throw current === name
    ? new UsageError(`the recipe ${name} is for ${other}, not ${command}`, next)
    : new UsageError(`the recipe ${name} is now called ${current}`, next)
}

/** Below this likeness, no name was meant. */
const alike = 0.5

function adviceOn(
  name: string,
  { command, system }: { readonly command: string; readonly system: System },
): string {
  const names = namesOf[command]
  const own = names.filter((one) => one === few || one.startsWith(`${system}/`))
  const [nearest] = (own.length > 0 ? own : names)
    .map((one) => ({ one, likeness: likeness(name, one) }))
    .sort((a, b) => b.likeness - a.likeness)
  const meant = nearest.likeness >= alike ? nearest.one : undefined
  const parts = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    ...(meant !== few && names.includes(few)
      ? [`for a folder of your clips, --recipe ${few}`]
      : []),
  ]
  return parts.join(" ") || `choose one of ${names.join(", ")}`
}

/** The share of the pairs of letters in a name that another one has: from 0 to 1. */
function likeness(name: string, other: string): number {
  const [pairs, known] = [pairsOf(name), pairsOf(other)]
  return pairs.filter((pair) => known.includes(pair)).length / Math.max(pairs.length, 1)
}

const pairsOf = (text: string): string[] =>
  Array.from({ length: Math.max(text.length - 1, 0) }, (_, i) => text.slice(i, i + 2))
