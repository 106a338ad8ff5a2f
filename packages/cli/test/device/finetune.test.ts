import { cpuBackend } from "@tubelet/backend-cpu"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import type { Backend } from "@tubelet/core"
import { classifierModel } from "@tubelet/models"
import { finetune, probe, type StepResult } from "@tubelet/train"
import { expect, test } from "vitest"
import { brightClips, tinyClassifier } from "../../../train/test/tiny.js"

const shared = { batch: 4, repeats: 1, warmup: 5, seed: 3 }

const finetuned = (backend: Backend) =>
  finetune({
    ...{ ...shared, backend, steps: 50, learningRate: 1e-3, ema: 0.99, clipGrad: 1 },
    model: classifierModel(tinyClassifier(), { dropPath: 0.1, headDropout: 0.1 }),
    data: brightClips(9),
  })

/** An epoch ends with one clip, for which batch norm takes its running statistics. */
const linear = (backend: Backend) =>
  probe({
    ...{ ...shared, backend, steps: 20, learningRate: 0.5, optimizer: "lars" },
    model: classifierModel({ ...tinyClassifier(), head: "batch-norm" }),
    data: brightClips(9),
  })

const attentive = (backend: Backend) =>
  probe({
    ...{ ...shared, backend, steps: 20, learningRate: 0.1, optimizer: "sgd", accumulate: 2 },
    model: classifierModel({ ...tinyClassifier(), head: "attentive", pool: "none" }),
    data: brightClips(9),
  })

type Run = (backend: Backend) => AsyncIterable<StepResult>

async function losses(run: Run, backend: Backend): Promise<number[]> {
  const found: number[] = []
  for await (const { loss } of run(backend)) found.push(loss)
  await backend.dispose()
  return found
}

test.each<[string, Run]>([
  ["50 steps of fine-tuning", finetuned],
  ["20 steps of a linear probe with LARS", linear],
  ["20 steps of an attentive probe with SGD", attentive],
])("%s follow the CPU backend's losses", async (_, run) => {
  const theirs = await losses(run, await cpuBackend())
  const ours = await losses(run, await webgpuBackend())
  expect(theirs.at(-1)).toBeLessThan(theirs[0])
  const apart = ours.map((loss, i) => Math.abs(loss - theirs[i]))
  expect(apart.findIndex((difference) => !(difference < 1e-3))).toBe(-1)
})
