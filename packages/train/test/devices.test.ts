import { DeviceLostError } from "@tubelet/core"
import { describe, expect, test } from "vitest"
import { memoryClips, type PretrainOptions, pretrain, type RunStore } from "../src/index.js"
import { lost, mortal } from "./mortal.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "./tiny.js"

/** A store that cannot save from its `saves`-th checkpoint on, because the device is lost. */
function failing(saves: number): RunStore {
  let left = saves
  return {
    latest: async () => undefined,
    begin: async () => {},
    log: async () => {},
    async save({ state }) {
      if (--left < 0) throw new Error("could not be saved", { cause: lost() })
      return `checkpoint-${state.step}`
    },
    close: async () => {},
  }
}

const options = (): Omit<PretrainOptions, "backend"> => ({
  model: tinyModel(),
  masks: tinyMasks(),
  data: memoryClips(noiseClips(5, tinyConfig())),
  ...{ batch: 2, steps: 4, learningRate: 1e-2, seed: 3, saveEvery: 2 },
})

/** Runs on one device after another, each lost after so many steps. */
async function onMortals(lives: readonly number[], given: Partial<PretrainOptions> = {}) {
  const devices = lives.map(mortal)
  const left = [...devices]
  const notices: string[] = []
  const steps: number[] = []
  const run = pretrain({
    ...options(),
    backend: async () => left.shift()!,
    onNotice: (line) => notices.push(line),
    ...given,
  })
  let error: unknown
  try {
    for await (const { step } of run) steps.push(step)
  } catch (reason) {
    error = reason
  }
  return { steps, notices, error, disposals: devices.map(({ disposals }) => disposals) }
}

const forever = Number.POSITIVE_INFINITY

describe("a lost device", () => {
  test("is replaced; a run of which nothing is saved begins again", async () => {
    expect(await onMortals([1, 2, forever])).toEqual({
      steps: [1, 1, 2, 1, 2, 3, 4],
      notices: [
        "after step 1, the GPU device was lost (unknown): it hung; " +
          "continuing on another device from where the run started",
        expect.stringMatching(/^after step 2, /),
      ],
      error: undefined,
      disposals: [1, 1, 1],
    })
  })

  test("ends the run where three went without a step more", async () => {
    const { steps, notices, error, disposals } = await onMortals([2, 2, 0, 1, forever])
    expect(error).toBeInstanceOf(DeviceLostError)
    expect(steps).toEqual([1, 2, 1, 2])
    expect(notices.length).toBe(2)
    expect(disposals).toEqual([1, 1, 1, 0, 0])
  })

  test("is known by the error of a checkpoint that it spoilt", async () => {
    const lives = [forever, forever, forever]
    const { steps, error } = await onMortals(lives, { out: failing(0) })
    expect(steps).toEqual([1, 1, 1])
    expect(error).toBeInstanceOf(DeviceLostError)
  })

  test("ends a run that was told to stop", async () => {
    const stop = new AbortController()
    const backend = async () => {
      stop.abort()
      return mortal(0)
    }
    expect((await onMortals([], { backend, signal: stop.signal })).steps).toEqual([])
    const run = pretrain({ ...options(), backend: mortal(1) })
    await run.next()
    await expect(run.next()).rejects.toThrow(DeviceLostError)
  })
})
