import { type Backend, type DeviceArray, disposeAll, TubeletError, upload } from "@tubelet/core"
import { crc32 } from "@tubelet/core/checksum"
import type { ClassifierModel } from "@tubelet/models"
import { requireWeights } from "../run/weights.js"
import { compileForward, type Forward } from "./forward.js"
import { merged } from "./predict.js"

/** A trained classifier from which another one learns. */
export interface Teacher {
  readonly model: ClassifierModel
  /** Under official names. */
  readonly weights: Readonly<Record<string, Float32Array>>
}

interface Compiled {
  readonly forward: Forward<"f32">
  readonly params: Readonly<Record<string, DeviceArray>>
}

/** A teacher's answers, on whatever device a run is. */
export class Answers {
  readonly #teacher: Teacher
  readonly #batch: number
  #backend: Backend | undefined
  #compiled: Promise<Compiled> | undefined

  constructor(teacher: Teacher, batch: number) {
    requireWeights(teacher.model.specs, teacher.weights)
    this.#teacher = teacher
    this.#batch = batch
  }

  /** Class probabilities [B, classes] of normalised clips, at a temperature. */
  async probabilities(
    backend: Backend,
    clips: Float32Array,
    temperature: number,
  ): Promise<Float32Array> {
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
    return { forward, params: upload(backend, model.specs, weights) }
  }

  /** Frees what is on the device. */
  async release(): Promise<void> {
    const compiled = await this.#compiled?.catch(() => undefined)
    this.#compiled = undefined
    if (!compiled) return
    disposeAll(compiled.params)
    await compiled.forward.dispose()
  }
}

/** What tells teachers apart: a checksum of the weights. */
export function checksumOf({ weights }: Teacher): string {
  const sums = Object.keys(weights)
    .sort()
    .map((name) => {
      const { buffer, byteOffset, byteLength } = weights[name]
      return `${name} ${crc32(new Uint8Array(buffer, byteOffset, byteLength))}`
    })
  return crc32(new TextEncoder().encode(sums.join())).toString(16)
}

/** @throws TubeletError unless a teacher can see the clips of a student, and has its classes. */
export function requireTeacher(teacher: Teacher, { config }: ClassifierModel): void {
  for (const name of ["classes", "frames", "imageSize"] as const) {
    const [known, wanted] = [teacher.model.config[name], config[name]]
    if (known === wanted) continue
    throw new TubeletError(
      `the teacher has ${name} ${known}, but the student has ${wanted}`,
      "both must see the same clips and name the same classes",
    )
  }
}
