import { backendFlags, openBackend } from "../backends.js"
import { benchStep } from "../bench-step.js"
import { modelFlags } from "../flags/model.js"
import { costsText, profileText } from "../profile-text.js"
import { modelConfig } from "../setup/any-model.js"
import { defineCommand } from "../shell/command.js"
import { whole, yes } from "../shell/flag.js"
import { partLine } from "../shell/progress/part-line.js"

const flags = {
  ...modelFlags,
  batch: whole("clips per step (1)"),
  steps: whole("steps to time (5)"),
  warmup: whole("untimed warm-up steps (2)", 0),
  profile: yes("print where the time goes, kernel by kernel"),
  kernels: whole("kernels that --profile prints, 0: all (90% of the time, at most 20)", 0),
  ...backendFlags,
}

export const benchStepCommand = defineCommand({
  name: "bench step",
  summary: "time training steps on random clips",
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
        onInit: partLine(output, "initialising weights").update,
        onStep: (done, seconds) =>
          output.log(`step ${done} of ${warmup + steps}: ${(1000 * seconds).toFixed(0)} ms`),
      },
    )
    await backend.dispose()
    output.json({ ...result, ...(rows && { profile: rows }) })
    output.print(
      `${name}, batch ${batch}, on ${backend.device.name}: ` +
        `${(1000 * result.stepSecondsMedian).toFixed(0)} ms per step ` +
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
