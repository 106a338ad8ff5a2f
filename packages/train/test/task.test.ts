import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openSafetensors } from "@tubelet/checkpoint"
import { add, DeviceLostError, mul, type Spec, spec, sub } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { memoryStore, type Optimizer, type StepResult, type Task, train } from "../src/index.js"
import { type Batch, ended, options, task } from "./brightness.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "task-"))
})
afterEach(() => rm(folder, { recursive: true }))

/** Gradient descent with momentum. */
const sgd: Optimizer<{ readonly momentum: Readonly<Record<string, Spec>> }> = {
  name: "sgd",
  specs: (params) => ({
    momentum: Object.fromEntries(
      Object.entries(params).map(([name, { shape }]) => [name, spec("f32", shape)]),
    ),
  }),
  update({ params, grads, state, learningRate }) {
    const moved = Object.entries(grads).map(([name, grad]) => {
      const momentum = add(mul(state.momentum[name], 0.5), grad)
      return { name, momentum, param: sub(params[name], mul(learningRate, momentum)) }
    })
    return {
      params: Object.fromEntries(moved.map(({ name, param }) => [name, param])),
      state: { momentum: Object.fromEntries(moved.map(({ name, momentum }) => [name, momentum])) },
    }
  },
}

test("a custom task learns", async () => {
  const { results, weights } = await ended(options({ steps: 60 }))
  expect(results).toHaveLength(60)
  expect(weights.brightness).toBeCloseTo(0.4, 1)
  expect(weights.scale).toBe(Math.fround(1 / 255))
})

test("each forward pass replaces the buffers, micro-batches one after the other", async () => {
  expect((await ended(options())).weights.passes).toBe(6)
  // Three clips: a step has two micro-batches.
  const parts = { task: task({}, 1), batch: 1, accumulate: 2 }
  expect((await ended(options({ ...parts, steps: 2 }))).weights.passes).toBe(3)
})

test("buffers are saved with the weights, and resume with them", async () => {
  const out = memoryStore()
  await ended(options({ out, steps: 4 }))
  const { results, weights } = await ended(options({ out, steps: 6, resume: true }))
  expect(results).toHaveLength(2)
  expect(weights.passes).toBe(6)
})

test("a step takes any optimizer; checkpoints hold its state under its own names", async () => {
  const out = join(folder, "run")
  const given = options({ task: task({ optimizer: sgd }), out })
  const whole = await ended(options({ task: task({ optimizer: sgd }) }))
  await ended({ ...given, steps: 3 })
  const file = await openSafetensors(join(out, "checkpoint-000003", "optimizer.safetensors"))
  expect(file.names).toEqual(["momentum.brightness"])
  await file.close()
  const resumed = await ended({ ...given, backend: referenceBackend(), resume: true })
  expect(resumed.weights).toEqual(whole.weights)
})

test("scores of a due checkpoint stand in the log", async () => {
  const out = join(folder, "run")
  const evaluated = {
    ...task(),
    evaluate: async ({ params }: { readonly params: StepResult["weights"] }) => ({
      far: Math.abs((await params.brightness.item()) - 0.4),
    }),
  }
  await ended(options({ task: evaluated, out, saveEvery: 4 }))
  const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n")
  const scored = lines.map((line) => JSON.parse(line)).filter(({ scores }) => scores)
  expect(scored.map(({ step }) => step)).toEqual([4, 6])
  for (const { scores } of scored) expect(scores.far).toBeGreaterThan(0)
})

test("a run is resumed as the same task only", async () => {
  const out = memoryStore()
  await ended(options({ out, steps: 2 }))
  const other = { ...task(), name: "darkness", identity: { scale: 256 } }
  await expect(ended(options({ task: other, out, resume: true }))).rejects.toThrow(
    "started with scale 255, not 256; task brightness, not darkness",
  )
})

test("a large part and the whole at once differ by rounding", async () => {
  const whole = await ended(options({ task: task({ clipGrad: 0.1 }, 3), batch: 3 }))
  const parts = { task: task({ clipGrad: 0.1 }, 2), batch: 2, accumulate: 2 }
  // An epoch's last micro-batch holds one clip and one of weight 0.
  const { weights, results } = await ended(options(parts))
  expect(weights.brightness).toBeCloseTo(whole.weights.brightness, 6)
  expect(results.at(-1)!.loss).toBeCloseTo(whole.results.at(-1)!.loss, 6)
})

test("what a folder holds of a custom task tells it apart, and may be begun again", async () => {
  const out = join(folder, "run")
  await ended(options({ out, steps: 1 }))
  const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"))
  expect(config).toMatchObject({ task: "brightness", steps: 1, batch: 2, seed: 0 })
  // As a run that was killed before its first checkpoint leaves it.
  await rm(join(out, "checkpoint-000001"), { recursive: true })
  await rm(join(out, "metrics.jsonl"))
  expect((await ended(options({ out, steps: 1 }))).results).toHaveLength(1)
})

test("an identity may hold lists, and never stands for the run's own", async () => {
  const out = memoryStore()
  const labelled = (label: string) => ({
    ...task(),
    identity: { labels: ["low", label], none: null, seed: 7 },
  })
  await ended(options({ task: labelled("high"), out, steps: 2 }))
  const resumed = (task: Task<Batch<Spec>>, seed = 0) =>
    ended(options({ task, seed, out, resume: true }))
  await expect(resumed(labelled("tall"))).rejects.toThrow("labels.1 high, not tall")
  await expect(resumed(labelled("high"), 1)).rejects.toThrow("seed 0, not 1")
  expect((await resumed(labelled("high"))).results).toHaveLength(4)
})

test("a run is not resumed with another optimizer", async () => {
  const out = memoryStore()
  await ended(options({ out, steps: 2 }))
  const other = options({ task: task({ optimizer: sgd }), out, resume: true })
  await expect(ended(other)).rejects.toThrow("optimizer adamw, not sgd")
})

test("a step whose evaluation fails is logged and saved", async () => {
  const out = join(folder, "run")
  const evaluate = () => Promise.reject(new Error("no labels"))
  const given = options({ task: { ...task(), evaluate }, out, saveEvery: 1 })
  await expect(ended(given)).rejects.toThrow("no labels")
  const text = (name: string) => readFile(join(out, name), "utf8")
  expect(JSON.parse(await text("metrics.jsonl")).step).toBe(1)
  expect(JSON.parse(await text("config.json")).task).toBe("brightness")
  expect(JSON.parse(await text("checkpoint-000001/config.json")).task).toBe("brightness")
})

describe("a checkpoint whose scoring was interrupted", () => {
  /** Fails at the `fails`-th evaluation. */
  const flaky = (fails: number) => {
    let evaluations = 0
    const evaluate = async () => {
      if (++evaluations === fails) throw new DeviceLostError("the device was lost", "try again")
      return { evaluations }
    }
    return { ...task(), evaluate }
  }
  const scoresOf = (results: readonly StepResult[]) =>
    results.flatMap(({ step, scores, checkpoint }) =>
      scores ? [{ step, scores, checkpoint }] : [],
    )

  test("is scored when the run resumes, and once in the log", async () => {
    const out = join(folder, "run")
    const given = options({ task: flaky(1), out, saveEvery: 4 })
    await expect(ended(given)).rejects.toThrow(DeviceLostError)
    const { results } = await ended({ ...given, resume: true })
    expect(results.map(({ step }) => step)).toEqual([4, 5, 6])
    expect(scoresOf(results)).toEqual([
      { step: 4, scores: { evaluations: 2 }, checkpoint: join(out, "checkpoint-000004") },
      { step: 6, scores: { evaluations: 3 }, checkpoint: join(out, "checkpoint-000006") },
    ])
    const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n")
    const logged = lines.map((line): StepResult => JSON.parse(line))
    expect(logged.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(logged[3].scores).toEqual({ evaluations: 2 })
  })

  test("is scored even if it is the last, and only if it is due", async () => {
    const out = memoryStore()
    const given = options({ task: flaky(2), out, saveEvery: 4 })
    await expect(ended(given)).rejects.toThrow(DeviceLostError)
    const resumed = { ...given, resume: true }
    expect(scoresOf((await ended(resumed)).results)).toMatchObject([{ step: 6 }])
    expect((await ended(resumed)).results).toEqual([])
    const stop = new AbortController()
    const stopped = memoryStore()
    for await (const { step } of train({ ...given, out: stopped, signal: stop.signal })) {
      if (step === 2) stop.abort()
    }
    expect(scoresOf((await ended({ ...resumed, out: stopped })).results)).toMatchObject([
      { step: 4 },
      { step: 6 },
    ])
  })

  test("is where a run continues on another device", async () => {
    const out = memoryStore()
    const notices: string[] = []
    const backend = async () => referenceBackend()
    const onNotice = (line: string) => notices.push(line)
    const given = options({ task: flaky(1), out, saveEvery: 4, backend, onNotice })
    const { results } = await ended(given)
    expect(results.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(scoresOf(results).map(({ step }) => step)).toEqual([4, 6])
    expect(notices).toEqual([
      "after step 3, the device was lost; continuing on another device from step 4",
      "resuming after step 4 of 6, epoch 1",
    ])
  })
})

test("batches may be made on the device, and a stopped run does not evaluate", async () => {
  const stop = new AbortController()
  const backends = new Set<unknown>()
  const given = options({
    signal: stop.signal,
    task: {
      ...task(),
      async assemble(clips, step, backend) {
        backends.add(backend)
        return task().assemble(clips, step, backend)
      },
      evaluate: () => Promise.reject(new Error("evaluated")),
    },
  })
  for await (const { step } of train({ ...given, saveEvery: 100, steps: 50 })) {
    if (step === 2) stop.abort()
  }
  expect([...backends]).toEqual([given.backend])
})

test("the error of a step keeps the code of its cause", async () => {
  const rates = () => ({ learningRate: Number.NaN, weightDecay: 0 })
  const run = ended(options({ task: { ...task(), rates } }))
  await expect(run).rejects.toMatchObject({ name: "FailedStepError", code: "LOSS_NOT_FINITE" })
})

test("findNan names the op in any task", async () => {
  const broken: Task<Batch<Spec>> = {
    ...task(),
    rates: (step) => ({
      learningRate: step === 2 ? Number.POSITIVE_INFINITY : 0.1,
      weightDecay: 0,
    }),
  }
  await expect(ended(options({ task: broken, findNan: true }))).rejects.toThrow(/not finite/)
})
