import { type FileHandle, open, readdir } from "node:fs/promises"
import { join } from "node:path"
import { crc32c } from "@tubelet/core/checksum"
import { notWritten } from "@tubelet/core/files"
import { Message } from "@tubelet/core/protobuf"
import type { StepMetrics } from "../run/store.js"

/** The name of an event file: when it began, and who wrote it. */
const pattern = /^events\.out\.tfevents\.\d+\.tubelet$/

/** A TensorBoard event file: metrics.jsonl as scalars. */
export class EventLog {
  readonly #path: string
  readonly #handle: FileHandle
  /** The step of the last event. */
  #step = Number.NaN

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /**
   * Opens the event file of a run that has `logged` these steps. Events of the last of them and
   * later ones are dropped and written again, so that each step appears once: a killed run may have
   * written the scores of its last step in one file only. A new file gets all steps.
   */
  static async open(folder: string, logged: readonly StepMetrics[]): Promise<EventLog> {
    const began = String(Math.floor(Date.now() / 1000)).padStart(10, "0")
    const found = (await readdir(folder)).find((name) => pattern.test(name))
    const path = join(folder, found ?? `events.out.tfevents.${began}.tubelet`)
    const handle = await open(path, "a+")
    const log = new EventLog(path, handle)
    const last = logged.at(-1)?.step ?? 0
    const end = endBefore(await handle.readFile(), last)
    await handle.truncate(end)
    if (end === 0) await log.#write(event(0).string(3, "brain.Event:2"))
    for (const one of end === 0 ? logged : logged.slice(-1)) await log.append(one)
    return log
  }

  /** Appends a step's metrics; for the step of the last event, only its scores. */
  async append(metrics: StepMetrics): Promise<void> {
    const { step, scores } = metrics
    const values = [
      ...(step === this.#step ? [] : named("train", trainScalars(metrics))),
      ...named("val", scores ?? {}),
    ]
    this.#step = step
    await this.#write(event(step).message(5, summary(values)))
  }

  sync(): Promise<void> {
    return this.#handle.sync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #write(message: Message): Promise<void> {
    await this.#handle.appendFile(record(message.finish())).catch(async (cause) => {
      throw await notWritten(this.#path, cause)
    })
  }
}

const trainScalars = ({ loss, lr, gradNorm, samplesPerSecond, dataSeconds }: StepMetrics) => ({
  ...{ loss, lr, grad_norm: gradNorm },
  ...{ samples_per_second: samplesPerSecond, data_seconds: dataSeconds },
})

type Scalar = readonly [tag: string, value: number]

const named = (group: string, values: Readonly<Record<string, number>>): Scalar[] =>
  Object.entries(values).map(([name, value]) => [`${group}/${name}`, value])

/** `Event`: wall_time = 1, step = 2, and what follows. */
const event = (step: number): Message => new Message().double(1, Date.now() / 1000).int(2, step)

/** `Summary`: repeated Value { tag = 1, simple_value = 2 } = 1. */
function summary(scalars: readonly Scalar[]): Message {
  const all = new Message()
  for (const [tag, value] of scalars) {
    // A score of no clips is not a number, and null in metrics.jsonl.
    if (!Number.isFinite(value)) continue
    all.message(1, new Message().string(1, tag).float(2, value))
  }
  return all
}

/** A record of a TFRecord file: length, its checksum, data, its checksum. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length + 4)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true)
  bytes.set(data, 12)
  view.setUint32(12 + data.length, masked(crc32c(data)), true)
  return bytes
}

/** Checksums are masked, as TensorFlow does: data may hold checksums itself. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

/** The end of the leading whole records of steps below `step`. */
function endBefore(file: Buffer, step: number): number {
  let end = 0
  while (end + 12 <= file.length) {
    const data = file.subarray(end + 12, end + 12 + Number(file.readBigUInt64LE(end)))
    const next = end + 12 + data.length + 4
    if (next > file.length || file.readUInt32LE(next - 4) !== masked(crc32c(data))) break
    const at = stepOf(data)
    if (at !== 0 && at >= step) break
    end = next
  }
  return end
}

/** The step of an event of ours, whose first fields are the time, in nine bytes, and the step. */
function stepOf(data: Uint8Array): number {
  let step = 0
  for (let at = 10, scale = 1; ; at++, scale *= 128) {
    step += (data[at] & 127) * scale
    if (data[at] < 128) return step
  }
}
