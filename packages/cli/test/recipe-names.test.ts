import type { System } from "@tubelet/models"
import { expect, test } from "vitest"
import { requireRecipe } from "../src/run/recipe-names.js"
import { described } from "../src/shell/errors.js"
import { tubelet } from "./project.js"

function refusal(command: string, name: string, system: System = "videomae") {
  try {
    requireRecipe(name, { command, system })
  } catch (error) {
    const { message, advice } = described(error)
    return [message, advice.replaceAll("npx tubelet", "tubelet")]
  }
  throw new Error(`${command} has ${name}`)
}

const folder = "for a folder of your clips, --recipe small-data"

test.each([
  ["finetune", "videomae/k400-b-fintune", "videomae/k400-b-finetune", ` ${folder}`],
  ["finetune", "ssv2-s", "videomae/ssv2-s-finetune", ` ${folder}`],
  ["finetune", "smalldata", "small-data", ""],
  ["pretrain", "videomae/kinetics-pretrain", "videomae/k400-pretrain", ""],
  ["pretrain", "ucf", "videomae/ucf101-pretrain", ""],
] as const)("%s --recipe %s: did you mean %s?", (command, name, meant, rest) => {
  const advice = `did you mean ${meant}?${rest}`
  expect(refusal(command, name)).toEqual([`unknown recipe "${name}"`, advice])
})

test("a name is compared with those for the model", () => {
  const [, advice] = refusal("finetune", "k400-b", "videomaev2")
  expect(advice).toContain("videomaev2/k400-b-finetune")
})

test("a name like no other brings small-data, or all names", () => {
  expect(refusal("finetune", "xyz")).toEqual(['unknown recipe "xyz"', folder])
  expect(refusal("pretrain", "q")[1]).toMatch(/^choose one of mae\/imagenet-pretrain, videomae/)
})

test.each([
  ["finetune", "mae/imagenet-b-linprobe", "probe"],
  ["probe", "videomae/k400-b-finetune", "finetune"],
  ["pretrain", "small-data", "finetune"],
  ["finetune", "videomaev2/distill-s", "distill"],
])("%s --recipe %s: of %s", (command, name, other) => {
  expect(refusal(command, name)).toEqual([
    `the recipe ${name} is for ${other}, not ${command}`,
    `run tubelet ${other} --recipe ${name}`,
  ])
})

test("an older version's name brings the new one, also under another command", () => {
  for (const command of ["pretrain", "finetune"]) {
    expect(refusal(command, "videomae-kinetics")).toEqual([
      "the recipe videomae-kinetics is now called videomae/k400-pretrain",
      "run tubelet pretrain --recipe videomae/k400-pretrain",
    ])
  }
})

test("pretrain refuses such a name as wrong usage", async () => {
  const { code, stderr } = await tubelet("pretrain", "--recipe", "mae-imagenet", "--dry-run")
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("is now called mae/imagenet-pretrain"),
  ])
})
