import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32c } from "@tubelet/core/checksum"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { StepResult } from "../src/index.js"
import { ended, options, task } from "./brightness.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "events-"))
})
afterEach(() => rm(folder, { recursive: true }))

const scored = {
  ...task(),
  evaluate: async ({ params }: { readonly params: StepResult["weights"] }) => ({
    top1: await params.brightness.item(),
    nothing: Number.NaN,
  }),
}
const given = (more: Partial<Parameters<typeof options>[0]> = {}) =>
  options({ task: scored, out: join(folder, "run"), saveEvery: 4, log: "tensorboard", ...more })

/** The path of a run's event file. */
async function eventFile(run = "run"): Promise<string> {
  const names = (await readdir(join(folder, run))).filter((name) => name.includes("tfevents"))
  expect(names).toHaveLength(1)
  return join(folder, run, names[0])
}

type Field = readonly [number: number, value: number | Buffer]

/** The fields of a protobuf message, as the encoding's documentation describes it. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = message[at++]
      value += (byte % 128) * scale
      if (byte < 128) return value
    }
  }
  const take = (bytes: number) => {
    at += bytes
    return message.subarray(at - bytes, at)
  }
  while (at < message.length) {
    const tag = varint()
    const [number, wire] = [tag >> 3, tag & 7]
    if (wire === 0) fields.push([number, varint()])
    else if (wire === 1) fields.push([number, take(8).readDoubleLE()])
    else if (wire === 5) fields.push([number, take(4).readFloatLE()])
    else fields.push([number, take(varint())])
  }
  return fields
}
const all = (fields: readonly Field[], number: number) =>
  fields.filter(([one]) => one === number).map(([, value]) => value)

/** The scalars of an event file: `[step, tag, value]`. Checks every checksum. */
function scalarsIn(file: Buffer) {
  const scalars: [step: number, tag: string, value: number][] = []
  const sum = (bytes: Buffer) => {
    const crc = BigInt(crc32c(bytes))
    return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn)
  }
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    const data = file.subarray(at + 12, at + 12 + length)
    expect(file.readUInt32LE(at + 8)).toBe(sum(file.subarray(at, at + 8)))
    expect(file.readUInt32LE(at + 12 + length)).toBe(sum(data))
    const event = fieldsOf(data)
    const [seconds] = all(event, 1) as number[]
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(3600)
    const [version] = all(event, 3)
    if (at === 0) expect(String(version)).toBe("brain.Event:2")
    for (const summary of all(event, 5) as Buffer[]) {
      for (const value of all(fieldsOf(summary), 1) as Buffer[]) {
        const [tag, number] = [all(fieldsOf(value), 1), all(fieldsOf(value), 2)]
        scalars.push([Number(all(event, 2)[0]), String(tag[0]), Number(number[0])])
      }
    }
    at += 16 + length
  }
  return scalars
}

/** What the log of a run says should be in its event file. */
async function expectedOf(run = "run") {
  const lines = (await readFile(join(folder, run, "metrics.jsonl"), "utf8")).trim().split("\n")
  const scalars: [number, string, number][] = []
  for (const line of lines) {
    const { step, loss, lr, gradNorm, samplesPerSecond, dataSeconds, scores } = JSON.parse(line)
    scalars.push([step, "train/loss", loss], [step, "train/lr", lr])
    scalars.push([step, "train/grad_norm", gradNorm])
    scalars.push([step, "train/samples_per_second", samplesPerSecond])
    scalars.push([step, "train/data_seconds", dataSeconds])
    if (scores) scalars.push([step, "val/top1", scores.top1])
  }
  return scalars.map(([step, tag, value]) => [step, tag, Math.fround(value)])
}

const scalars = async (run?: string) => scalarsIn(await readFile(await eventFile(run)))

test("an event file has the numbers of metrics.jsonl, step by step", async () => {
  await ended(given())
  const found = await scalars()
  expect(found).toEqual(await expectedOf())
  expect(found.filter(([, tag]) => tag === "val/top1").map(([step]) => step)).toEqual([4, 6])
})

test("a resumed run appends, and no step stands there twice", async () => {
  await ended(given())
  const file = await eventFile()
  // As if it had been killed in the middle of a record, after the checkpoint of step 4.
  await rm(join(folder, "run", "checkpoint-000006"), { recursive: true })
  await writeFile(file, (await readFile(file)).subarray(0, -5))
  await ended(given({ resume: true, steps: 9 }))
  expect(await eventFile()).toBe(file)
  expect(await scalars()).toEqual(await expectedOf())
})

test("scores that a kill kept from the file are there after a resume, once", async () => {
  await ended(given({ steps: 4 }))
  const file = await eventFile()
  const whole = await readFile(file)
  const rest = await expectedOf()
  for (const cut of [0, 1, 90]) {
    await writeFile(file, whole.subarray(0, whole.length - cut))
    await ended(given({ steps: 4, resume: true }))
    await ended(given({ steps: 5, resume: true }))
    expect((await scalars()).slice(0, rest.length)).toEqual(rest)
    expect(await scalars()).toEqual(await expectedOf())
    await rm(join(folder, "run", "checkpoint-000005"), { recursive: true })
  }
})

test("a run that begins to log on resume has its earlier steps too", async () => {
  const { log: _, ...quiet } = given({ steps: 4 })
  await ended(quiet)
  expect((await readdir(join(folder, "run"))).join()).not.toContain("tfevents")
  await ended(given({ resume: true }))
  expect(await scalars()).toEqual(await expectedOf())
})
