import { type Backend, type Program, spec } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { compileStepper, initialState, pretrainPlan, tokenCounts, zeros } from "../src/index.js"
import { compileReplay } from "../src/run/find-nan.js"
import { disposeState, readState, whileReserved } from "../src/run/state.js"
import { tinyMasks, tinyModel } from "./tiny.js"

const model = tinyModel("mae")
const weights = () => model.initialise(0)

interface Limits {
  /** Uploads until one fails. */
  readonly uploads?: number
  /** The name of a program that cannot be compiled. */
  readonly program?: string
}

/** The interpreter with limits. It counts what is alive. */
function limited({ uploads = Number.POSITIVE_INFINITY, program }: Limits) {
  const backend = referenceBackend()
  const counted = { programs: 0, uploads: 0 }
  const watched = Object.assign(Object.create(backend) as Backend, {
    upload(...given: Parameters<Backend["upload"]>) {
      if (++counted.uploads > uploads) throw new Error("no room")
      return backend.upload(...given)
    },
    async compile(...given: Parameters<Backend["compile"]>): Promise<Program> {
      if (program !== undefined && given[1].name?.endsWith(program)) throw new Error("no room")
      const made = await backend.compile(...given)
      counted.programs++
      return { ...made, dispose: async () => void counted.programs-- }
    },
  })
  const alive = () => ({ programs: counted.programs, bytes: backend.memory().bytesInUse })
  return { backend: watched, counted, alive }
}

const nothing = { programs: 0, bytes: 0 }
const plan = pretrainPlan(model, { batch: 1, counts: tokenCounts(model, tinyMasks("mae")) })

describe("what fails midway leaves nothing on the device", () => {
  const zeroed = async (_: string, s: { readonly shape: readonly number[] }) =>
    new Float32Array(s.shape.reduce((a, b) => a * b, 1))

  test.each<[string, (backend: Backend) => unknown]>([
    ["zeros", (backend) => zeros(backend, { a: spec("f32", [4]), b: model.specs })],
    ["given weights", (backend) => initialState(backend, model, weights())],
    ["drawn weights", (backend) => initialState(backend, model, 0)],
    [
      "a stored state",
      (backend) => readState(backend, model, { model: zeroed, optimizer: zeroed }),
    ],
  ])("%s, whichever upload fails", async (_, work) => {
    const all = limited({})
    await work(all.backend)
    const { uploads } = all.counted
    expect(uploads).toBeGreaterThan(10)
    for (const some of [0, 1, Math.floor(uploads / 2), uploads - 1]) {
      const { backend, alive } = limited({ uploads: some })
      await expect((async () => work(backend))()).rejects.toThrow("no room")
      expect(alive()).toEqual(nothing)
    }
  })

  test("a stored state of which a tensor cannot be read", async () => {
    const { backend, alive } = limited({})
    const optimizer = () => Promise.reject(new Error("damaged"))
    await expect(readState(backend, model, { model: zeroed, optimizer })).rejects.toThrow("damaged")
    expect(alive()).toEqual(nothing)
  })

  test("a stored state of whose average a tensor cannot be read", async () => {
    const { backend, alive } = limited({})
    let left = 3
    const ema = async (...given: Parameters<typeof zeroed>) => {
      if (left-- === 0) throw new Error("damaged")
      return zeroed(...given)
    }
    const reading = readState(backend, model, { model: zeroed, ema }, { step: { ema: 0.9 } })
    await expect(reading).rejects.toThrow("damaged")
    expect(alive()).toEqual(nothing)
  })

  test("a step in micro-batches, whose sums have no room", async () => {
    const { backend, counted, alive } = limited({ uploads: 1000 })
    const stepper = await compileStepper(backend, plan, { accumulate: 2 })
    const state = await initialState(backend, model, weights())
    counted.uploads = 998
    const rates = { learningRate: 0, weightDecay: 0 }
    expect(() => stepper.run(state, [], rates)).toThrow("no room")
    disposeState(state)
    await stepper.dispose()
    expect(alive()).toEqual(nothing)
  })

  test("the replay of findNan, of which a part cannot be compiled", async () => {
    const { backend, alive } = limited({ program: "measure state" })
    const state = await initialState(backend, model, weights())
    const replay = compileReplay(backend, plan, { state, accumulate: 1 })
    await expect(replay).rejects.toThrow("no room")
    disposeState(state)
    expect(alive()).toEqual(nothing)
  })
})

test("the sums of micro-batches count among what is reserved", async () => {
  const reserved: number[] = []
  const backend = Object.assign(referenceBackend(), {
    async reserve(bytes: number) {
      reserved.push(bytes)
      return { release() {} }
    },
  })
  for (const accumulate of [1, 2]) {
    await whileReserved(backend, plan, { accumulate }, async () => {})
  }
  const gradients = Object.entries(model.specs)
    .filter(([name]) => !model.frozen.includes(name))
    .reduce((sum, [, { shape }]) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0)
  expect(reserved[1] - reserved[0]).toBe(gradients + 8)
})
