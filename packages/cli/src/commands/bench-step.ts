import { benchStep } from "../bench-step.js"
import { costsText, profileText } from "../profile-text.js"
import { modelConfig } from "../setup/any-model.js"
import { backendFlags, openBackend } from "../setup/backend.js"
import { modelFlag } from "../setup/model.js"
import { checkpointKeyFlag, modelChangeFlags } from "../setup/told.js"
import { defineCommand } from "../shell/command.js"
import { whole, yes } from "../shell/flag.js"
import { partLine } from "../shell/progress/part-line.js"

const flags = {
  model: modelFlag,
  batch: whole("samples of a step (1)"),
  steps: whole("steps to time (5)"),
  warmup: whole("steps before the clock starts (2)", 0),
  frames: whole("frames of a clip (the model's)"),
  size: whole("side of a clip in pixels (the model's)"),
  ...modelChangeFlags,
  checkpointKey: checkpointKeyFlag,
  profile: yes("say where a step's time goes, kernel by kernel"),
  kernels: whole("kernels that --profile shows, 0 for all (90 % of the time, at most 20)", 0),
  ...backendFlags,
}

export const benchStepCommand = defineCommand({
  name: "bench step",
  summary: "time whole training steps on random clips",
  flags,
  example: "tubelet bench step --model videomaev2-s --batch 2 --steps 10",

  async run(_, values, { output }) {
    const { model = "videomaev2-s", batch = 1, steps = 5, warmup = 2 } = values
    const { profile = false, kernels } = values
    const config = await modelConfig(model, values, output)
    const backend = await openBackend(values, output.log)
    const name = typeof model === "string" ? model : config.system
    output.log(`planning a step of ${name}, batch ${batch}, on ${backend.device.name}`)
    const { rows, ...result } = await benchStep(
      { model: name, config, backend, batch, steps, warmup, profile },
      {
        onCompile: partLine(output, "compiling").update,
        onInit: partLine(output, "initializing weights").update,
        onStep: (done, seconds) =>
          output.log(`step ${done} of ${warmup + steps}: ${(1000 * seconds).toFixed(0)} ms`),
      },
    )
    await backend.dispose()
    output.json({ ...result, ...(rows && { profile: rows }) })
    output.print(
      `${name}, batch ${batch}, on ${backend.device.name}: ` +
        `${(1000 * result.stepSecondsMedian).toFixed(0)} ms a step ` +
        `(best ${(1000 * result.stepSecondsMin).toFixed(0)}), ` +
        `${result.gflops.toFixed(result.gflops < 10 ? 1 : 0)} GFLOP/s, ` +
        `${result.peakMemoryMiB.toFixed(0)} MiB, ` +
        `compiled in ${result.compileSeconds.toFixed(1)} s`,
    )
    for (const line of rows ? profileText(rows, warmup + steps, kernels) : []) output.print(line)
    if (result.costs) output.print(costsText(result.costs))
    return 0
  },
})
