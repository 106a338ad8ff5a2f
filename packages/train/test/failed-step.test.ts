import {
  type Backend,
  type DeviceArray,
  DeviceLostError,
  type Program,
  TubeletError,
} from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import {
  type ClipBatch,
  type ClipData,
  FailedStepError,
  memoryClips,
  memoryStore,
  type PretrainOptions,
  pretrain,
  type RunStore,
} from "../src/index.js"
import { failedStep } from "../src/run/failed-step.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "./tiny.js"

const data = () => memoryClips(noiseClips(3, tinyConfig("mae")))

const options = (out: RunStore): PretrainOptions => ({
  ...{ model: tinyModel("mae"), masks: tinyMasks("mae"), data: data(), out },
  ...{ backend: referenceBackend(), batch: 1, steps: 5, learningRate: 1e-2, seed: 3 },
})

/** The interpreter; `change` may make another of a run's results. */
function changed(change: (results: DeviceArray[], run: number) => DeviceArray[]): Backend {
  const backend = referenceBackend()
  let runs = 0
  return Object.assign(Object.create(backend) as Backend, {
    async compile(...given: Parameters<Backend["compile"]>): Promise<Program> {
      const program = await backend.compile(...given)
      return { ...program, run: (values) => change(program.run(values), ++runs) }
    },
  })
}

/** Runs to the end or an error; what became of it. */
async function outcome(given: PretrainOptions) {
  let done = 0
  try {
    for await (const { step } of pretrain(given)) done = step
    return { done }
  } catch (error) {
    return { done, error }
  }
}

const savedStep = async (store: RunStore) => (await store.latest(() => {}))?.state.step

async function weightsOf(store: RunStore) {
  const { model } = (await store.latest(() => {}))!
  const { specs } = tinyModel("mae")
  return Promise.all(Object.entries(specs).map(([name, spec]) => model(name, spec)))
}

const whole = memoryStore()
const finished = outcome(options(whole))

/** The run goes on from what was saved, to the bytes of an undisturbed one. */
async function expectResumed(out: RunStore) {
  await finished
  expect(await outcome({ ...options(out), resume: true })).toEqual({ done: 5 })
  expect(await weightsOf(out)).toEqual(await weightsOf(whole))
}

describe("an error within a step", () => {
  const fails = () => {
    throw new TubeletError("no memory", "close a program")
  }
  const refused = (handle: DeviceArray) => Object.assign(handle, { item: async () => fails() })

  test.each<[string, Backend]>([
    ["thrown as it starts", changed((results, run) => (run === 4 ? fails() : results))],
    ["of its numbers", changed((results, run) => (run === 4 ? results.map(refused) : results))],
  ])("%s: the state is not saved, the error names the last that was", async (_, backend) => {
    const out = memoryStore()
    const { done, error } = await outcome({ ...options(out), backend, saveEvery: 2 })
    expect(done).toBe(3)
    expect(error).toBeInstanceOf(FailedStepError)
    expect(error).toMatchObject({ step: 4, checkpoint: "step 2" })
    expect((error as TubeletError).message).toBe(
      "no memory (in step 4, which was not saved; the last complete checkpoint is step 2)\n" +
        "close a program; then resume from step 2",
    )
    expect(await savedStep(out)).toBe(2)
    await expectResumed(out)
  })

  test("where nothing was saved, it says so; a resumed run names its checkpoint", async () => {
    const out = memoryStore()
    const backend = changed((results, run) => (run === 2 ? fails() : results))
    const first = await outcome({ ...options(out), backend })
    expect(first.error).toMatchObject({ step: 2, checkpoint: undefined })
    expect(await savedStep(out)).toBe(undefined)
    await outcome({ ...options(out), steps: 2 })
    const dead = changed(fails)
    const resumed = await outcome({ ...options(out), backend: dead, resume: true })
    expect(resumed.error).toMatchObject({ step: 3, checkpoint: "step 2" })
  })

  test("is not saved when a signal came meanwhile", async () => {
    const out = memoryStore()
    const stop = new AbortController()
    const backend = changed((results, run) => {
      if (run < 3) return results
      stop.abort()
      return fails()
    })
    const { error } = await outcome({ ...options(out), backend, signal: stop.signal })
    expect(error).toBeInstanceOf(FailedStepError)
    expect(await savedStep(out)).toBe(undefined)
  })
})

/** The clips, of which each batch is what `change` makes of it. */
function readAs(change: (batch: ClipBatch) => ClipBatch): ClipData {
  const given = data()
  return {
    length: given.length,
    batches(request) {
      const stream = given.batches(request)
      return {
        async next() {
          const { value } = await stream.next()
          return { done: false, value: change(value) }
        },
      }
    },
  }
}

describe("between two steps, the last one done is saved", () => {
  test("where data can no longer be read", async () => {
    const out = memoryStore()
    const lost = readAs((batch) => {
      if (batch.next > 3) throw new TubeletError("the disk is gone", "plug it in")
      return batch
    })
    const { error } = await outcome({ ...options(out), data: lost })
    expect((error as Error).message).toBe("the disk is gone\nplug it in")
    expect(await savedStep(out)).toBe(3)
    await expectResumed(out)
  })

  test.each<[string, (store: RunStore) => Partial<PretrainOptions>]>([
    ["metrics cannot be logged", (out) => ({ out: { ...out, log: failingAt(3) } })],
    ["a notice's hearer fails", () => ({ data: withSkip(), onNotice: () => fails() })],
  ])("where %s", async (_, change) => {
    const out = memoryStore()
    const { error } = await outcome({ ...options(out), ...change(out) })
    expect((error as Error).message).toBe("full")
    expect(await savedStep(out)).toBeGreaterThanOrEqual(2)
  })

  const fails = () => {
    throw new Error("full")
  }
  const failingAt =
    (step: number): RunStore["log"] =>
    async (metrics) => {
      if (metrics.step === step) fails()
    }
  const withSkip = () =>
    readAs((batch) =>
      batch.next === 3 ? { ...batch, skipped: [{ path: "a", reason: "bad" }] } : batch,
    )

  test("where the loop is left, by break or by an error of its body", async () => {
    for (const leave of ["break", "throw"]) {
      const out = memoryStore()
      const steps = (async () => {
        for await (const { step } of pretrain(options(out))) {
          if (step < 3) continue
          if (leave === "break") break
          throw new Error("a hook failed")
        }
      })()
      if (leave === "break") await steps
      else await expect(steps).rejects.toThrow("a hook failed")
      expect(await savedStep(out)).toBe(3)
      await expectResumed(out)
    }
  })
})

test("a memory store drops the checkpoint of an older run when another begins", async () => {
  const out = memoryStore()
  await outcome({ ...options(out), steps: 3 })
  const run = pretrain(options(out))
  expect(await savedStep(out)).toBe(3)
  await run.next()
  expect(await savedStep(out)).toBe(undefined)
  await run.return()
  expect(await savedStep(out)).toBe(1)
})

test("the error of a lost device says once how to resume", () => {
  const cause = new DeviceLostError("the GPU was lost", "resume from the last checkpoint")
  const error = failedStep({ step: 3, checkpoint: "checkpoint-000002", cause })
  expect(error).toBeInstanceOf(DeviceLostError)
  expect(error.message.match(/resume/g)).toHaveLength(1)
})
