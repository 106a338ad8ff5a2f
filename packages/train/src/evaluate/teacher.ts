import { type Backend, type DeviceArray, disposeAll, TubeletError, upload } from "@tubelet/core"
import { crc32 } from "@tubelet/core/checksum"
import type { ClassifierModel } from "@tubelet/models"
import { requireWeights } from "../run/weights.js"
import { compileForward, type Forward } from "./forward.js"
import { merged } from "./predict.js"

/** A trained classifier to distil from. */
export interface Teacher {
  readonly model: ClassifierModel
  /** Under official names. */
  readonly weights: Readonly<Record<string, Float32Array>>
}

interface Compiled {
  readonly forward: Forward<"f32">
  readonly params: Readonly<Record<string, DeviceArray>>
}

/** A teacher's predictions, on the run's current device. */
export class Answers {
  readonly #teacher: Teacher
  readonly #batch: number
  #backend: Backend | undefined
  #compiled: Promise<Compiled> | undefined
  #last: Promise<unknown> = Promise.resolve()
  readonly #released = new WeakSet<Backend>()

  constructor(teacher: Teacher, batch: number) {
    requireWeights(teacher.model.specs, teacher.weights)
    this.#teacher = teacher
    this.#batch = batch
  }

  /** Class probabilities [B, classes] of normalised clips, at a temperature. One call at a time. */
  probabilities(backend: Backend, clips: Float32Array, temperature: number): Promise<Float32Array> {
    const answers = this.#answer(backend, clips, temperature)
    this.#last = answers.catch(() => undefined)
    return answers
  }

  async #answer(backend: Backend, clips: Float32Array, temperature: number) {
    if (this.#released.has(backend)) throw new Error("the teacher has left this device")
    const { forward, params } = await this.#on(backend)
    const logits = await forward.run(params, clips)
    const { classes } = this.#teacher.model.config
    const all = new Float32Array(logits.length * classes)
    for (const [i, row] of logits.entries()) {
      all.set(merged([row.map((logit) => logit / temperature)], "prob"), i * classes)
    }
    return all
  }

  #on(backend: Backend): Promise<Compiled> {
    if (this.#compiled === undefined || this.#backend !== backend) {
      this.#backend = backend
      this.#compiled = this.#compile(backend)
    }
    return this.#compiled
  }

  async #compile(backend: Backend): Promise<Compiled> {
    const { model, weights } = this.#teacher
    const forward = await compileForward(backend, model, {
      ...{ name: "teach", pixels: "f32", batch: this.#batch },
      rows: (params, clips) => model.logits(params, { clips }),
    })
    try {
      return { forward, params: upload(backend, model.specs, weights) }
    } catch (error) {
      await forward.dispose()
      throw error
    }
  }

  /** Frees what is on the device after the last prediction; no more can be made there. */
  async release(backend: Backend): Promise<void> {
    this.#released.add(backend)
    await this.#last
    const compiled = await this.#compiled?.catch(() => undefined)
    this.#compiled = undefined
    if (!compiled) return
    disposeAll(compiled.params)
    await compiled.forward.dispose()
  }
}

/** Identifies a teacher: a checksum of its weights. */
export function checksumOf({ weights }: Teacher): string {
  const sums = Object.keys(weights)
    .sort()
    .map((name) => {
      const { buffer, byteOffset, byteLength } = weights[name]
      return `${name} ${crc32(new Uint8Array(buffer, byteOffset, byteLength))}`
    })
  return crc32(new TextEncoder().encode(sums.join())).toString(16)
}

/**
 * @throws TubeletError unless teacher and student take the same clips and have the same classes.
 */
export function requireTeacher(teacher: Teacher, { config }: ClassifierModel): void {
  for (const name of ["classes", "frames", "imageSize"] as const) {
    const [known, wanted] = [teacher.model.config[name], config[name]]
    if (known === wanted) continue
    throw new TubeletError(
      `the teacher has ${name} ${known}, but the student has ${wanted}`,
      "both must take the same clips and predict the same classes",
    )
  }
}
