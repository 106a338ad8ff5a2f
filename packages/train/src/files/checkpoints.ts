import { rmSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { openSafetensors, type TensorFile, writeSafetensors } from "@tubelet/checkpoint"
import { type DeviceArray, TubeletError } from "@tubelet/core"
import { atExit, notWritten, syncFolder, writeText } from "@tubelet/core/files"
import { parseJson } from "@tubelet/core/text"
import type { ReadTensor } from "../run/state.js"
import type { Snapshot, StoredRun } from "../run/store.js"
import { currentState } from "./older-runs.js"
import { removing, scratch } from "./scratch.js"

const pattern = /^checkpoint-(\d{6,})$/

/** A checkpoint's name: `checkpoint-000120`. */
const checkpointName = (step: number): string => `checkpoint-${String(step).padStart(6, "0")}`

/** The names of a run's checkpoints, oldest first. */
export async function checkpointNames(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  const step = (name: string) => Number(pattern.exec(name)![1])
  return names.filter((name) => pattern.test(name)).sort((a, b) => step(a) - step(b))
}

/**
 * Writes a checkpoint next to the others: under a scratch name first, synced, then renamed. So a
 * folder with a checkpoint's name is always complete.
 */
export async function writeCheckpointFolder(
  folder: string,
  { state, model, optimizer, ema }: Snapshot,
  config: unknown,
): Promise<string> {
  const name = checkpointName(state.step)
  await replaceFolder(folder, name, async (unfinished) => {
    await writeTensors(join(unfinished, "model.safetensors"), model)
    await writeTensors(join(unfinished, "optimizer.safetensors"), optimizer)
    if (ema) await writeTensors(join(unfinished, "ema.safetensors"), ema)
    await replaceJson(join(unfinished, "config.json"), config)
    await replaceJson(join(unfinished, "state.json"), state)
  })
  return name
}

/** Writes a folder under a scratch name, syncs it and renames it to `name`. */
export async function replaceFolder(
  folder: string,
  name: string,
  write: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = join(folder, `${scratch}saving-${name}`)
  const done = atExit(() => rmSync(unfinished, { recursive: true, force: true }))
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished)
    await write(unfinished)
    await syncFolder(unfinished)
    await removeCheckpoint(folder, name)
    await rename(unfinished, join(folder, name))
    await syncFolder(folder)
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {})
    throw await notSaved(folder, name, cause as Error)
  } finally {
    done()
  }
}

/** The error for a checkpoint that could not be saved; names the last one to resume from. */
async function notSaved(folder: string, name: string, error: Error): Promise<TubeletError> {
  const system = error.cause instanceof Error && "code" in error.cause ? error.cause : error
  const { problem, advice } = await notWritten(join(folder, name), system)
  const last = (await checkpointNames(folder).catch(() => [])).at(-1)
  const left = last ? `the last complete one is ${last}` : "there is no earlier one"
  return new TubeletError(
    `${name} could not be saved: ${problem}; ${left}`,
    advice ?? "check that the folder is writable",
    { cause: error },
  )
}

/** Writes tensors of the device as safetensors. */
export function writeTensors(
  path: string,
  handles: Readonly<Record<string, DeviceArray>>,
): Promise<void> {
  const sources = Object.entries(handles).map(([name, handle]) => [
    name,
    {
      dtype: "F32" as const,
      shape: handle.shape,
      async bytes() {
        const { buffer, byteOffset, byteLength } = await handle.data()
        return new Uint8Array(buffer, byteOffset, byteLength)
      },
    },
  ])
  return writeSafetensors(path, Object.fromEntries(sources))
}

/** Removes a checkpoint, which never has its name while only partly removed. */
export async function removeCheckpoint(folder: string, name: string): Promise<void> {
  const aside = removing(folder, name)
  await rm(aside, { recursive: true, force: true })
  const moved = await rename(join(folder, name), aside).then(
    () => true,
    () => false,
  )
  if (moved) await rm(aside, { recursive: true, force: true })
}

/** The last complete checkpoint; damaged ones after it are reported to `onNotice`. */
export async function latestCheckpoint(
  folder: string,
  onNotice: (message: string) => void,
): Promise<StoredRun | undefined> {
  for (const name of (await checkpointNames(folder)).reverse()) {
    try {
      return await openCheckpoint(join(folder, name))
    } catch (error) {
      if (!isDamage(error)) throw error
      onNotice(`${name} is damaged; skipping it: ${error.message.split("\n")[0]}`)
    }
  }
  return undefined
}

/** Wrong or missing contents; a file that merely cannot be opened now is not damaged. */
function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { code } = (error.cause ?? error) as NodeJS.ErrnoException
  if (code !== undefined) return code === "ENOENT"
  return error instanceof TubeletError
}

const readState = async (path: string) =>
  currentState(parseJson(await readFile(path), path) as object)

async function openCheckpoint(path: string): Promise<StoredRun> {
  const state = await readState(join(path, "state.json"))
  const files: TensorFile[] = []
  const read = async (name: string): Promise<ReadTensor> => {
    const file = await openSafetensors(join(path, name))
    files.push(file)
    return reader(file, path)
  }
  const close = async () => {
    await Promise.all(files.map((file) => file.close()))
  }
  try {
    const averaged = (await readdir(path)).includes("ema.safetensors")
    return {
      name: path,
      state,
      model: await read("model.safetensors"),
      optimizer: await read("optimizer.safetensors"),
      ...(averaged && { ema: await read("ema.safetensors") }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const reader =
  (file: TensorFile, path: string): ReadTensor =>
  async (name, { shape }) => {
    const stored = file.shape(name)
    if (String(stored) === String(shape)) return file.floats(name)
    throw new TubeletError(
      `"${name}" in ${path} is [${stored}], but the model needs [${shape}]`,
      "resume with the model that the run started with",
    )
  }

/** Writes a JSON file atomically. */
export const replaceJson = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`)
