import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import {
  memoryClips,
  memoryStore,
  type PretrainOptions,
  pretrain,
  type RunStore,
} from "../src/index.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "./tiny.js"

const options = (out: RunStore): PretrainOptions => ({
  model: tinyModel(),
  masks: tinyMasks(),
  data: memoryClips(noiseClips(5, tinyConfig())),
  backend: referenceBackend(),
  ...{ batch: 2, steps: 6, learningRate: 1e-2, seed: 3, ema: 0.9, out, resume: true },
})

/** All weights and averages of a run's last checkpoint. */
async function endOf(store: RunStore) {
  const { model, ema } = (await store.latest(() => {}))!
  const { specs } = tinyModel()
  const names = Object.entries(specs)
  return Promise.all(
    names.flatMap(([name, spec]) => [model(name, spec), ema!(name, spec) as Promise<Float32Array>]),
  )
}

/** Runs until `stop` says so after a step, which a signal tells the run. */
async function steps(given: PretrainOptions, stop: (step: number) => boolean = () => false) {
  const control = new AbortController()
  const done: number[] = []
  for await (const { step, checkpoint } of pretrain({ ...given, signal: control.signal })) {
    done.push(step)
    if (checkpoint) expect(checkpoint).toBe(`step ${step}`)
    if (stop(step)) control.abort()
  }
  return done
}

test("a run that was stopped goes on in another backend's memory, to the same bytes", async () => {
  const [whole, stopped] = [memoryStore(), memoryStore()]
  expect(await steps(options(whole))).toEqual([1, 2, 3, 4, 5, 6])
  const first = { ...options(stopped), saveEvery: 2 }
  expect(await steps(first, (step) => step === 3)).toEqual([1, 2, 3])
  expect(await steps(options(stopped))).toEqual([4, 5, 6])
  expect(await endOf(stopped)).toEqual(await endOf(whole))
  expect(await steps(options(stopped))).toEqual([])
})

test("a checkpoint that cannot be read off the device leaves the one before it whole", async () => {
  const store = memoryStore()
  const run = pretrain({ ...options(store), saveEvery: 1 })
  const { weights } = (await run.next()).value!
  const before = await endOf(store)
  Object.values(weights).at(-1)!.data = () => Promise.reject(new Error("gone"))
  await expect(run.next()).rejects.toThrow("gone")
  expect((await store.latest(() => {}))!.state.step).toBe(1)
  expect(await endOf(store)).toEqual(before)
})

test("an average that cannot be read leaves nothing on the device", async () => {
  const store = memoryStore()
  await steps(options(store), (step) => step === 2)
  const damaged: RunStore = {
    ...store,
    latest: async (onNotice) => ({
      ...(await store.latest(onNotice))!,
      ema: () => Promise.reject(new Error("damaged")),
    }),
  }
  const backend = referenceBackend()
  await expect(steps({ ...options(damaged), backend })).rejects.toThrow("damaged")
  expect(backend.memory().bytesInUse).toBe(0)
})
