import { cpuBackend } from "@tubelet/backend-cpu"
import { presetConfig, presets, pretrainModel } from "@tubelet/models"
import { compilePretrainStep, defaultMasks, tokenCounts, trainable } from "@tubelet/train"
import { expect, test } from "vitest"
import { effort } from "../../../scripts/effort.mjs"

const names = effort(["mae-ti", "videomae-s", "videomaev2-ti"], Object.keys(presets))

test.each(names)(
  "%s's training step compiles for the CPU and updates every weight",
  async (name) => {
    const model = pretrainModel(presetConfig(name))
    const counts = tokenCounts(model, defaultMasks(model.config.system))
    const step = await compilePretrainStep(await cpuBackend(), model, { batch: 1, counts })
    const updated = step.graph.outputs.flatMap(({ into, path }) =>
      into === undefined ? [] : [path],
    )
    const weights = Object.keys(trainable(model, model.specs)).map((weight) => `params/${weight}`)
    expect(updated).toEqual(expect.arrayContaining(weights))
    await step.dispose()
  },
)
