import { openSafetensors, readJsonObject, type TensorFile } from "@tubelet/checkpoint"
import { type HostArray, TubeletError } from "@tubelet/core"
import type { SetConfig } from "./fields.js"
import type { SetFiles } from "./files.js"
import type { Weights } from "./run.js"

/** A tensor of a set, in the array class of its stored type. */
export interface Golden {
  readonly shape: readonly number[]
  readonly data: HostArray
}

export type Tensors = Readonly<Record<string, Golden>>

/** A set of golden numbers. */
export interface VerifySet {
  readonly name: string
  readonly files: SetFiles
  readonly meta: Readonly<Record<string, unknown>>
  readonly config: SetConfig
  readonly outputs: Tensors
}

type View = (file: TensorFile) => TensorFile

/** All tensors of a file; i32 and u8 stay integers, the rest becomes f32. */
async function readTensors(
  files: SetFiles,
  name: string,
  view: View = (file) => file,
): Promise<Tensors> {
  const opened = await openSafetensors(await files.open(name))
  try {
    const file = view(opened)
    const tensors: Record<string, Golden> = {}
    for (const name of file.names) {
      const { dtype, shape, bytes } = await file.read(name)
      const data =
        dtype === "I32"
          ? new Int32Array(bytes.slice().buffer)
          : dtype === "U8" || dtype === "BOOL"
            ? bytes
            : await file.floats(name)
      tensors[name] = { shape, data }
    }
    return tensors
  } finally {
    await opened.close()
  }
}

export const readInputs = (files: SetFiles): Promise<Tensors> =>
  readTensors(files, "inputs.safetensors")

/** A file's tensors as f32 weights, renamed by a view. */
export async function readWeights(
  files: SetFiles,
  name = "weights.safetensors",
  view?: View,
): Promise<Weights> {
  const tensors = Object.entries(await readTensors(files, name, view))
  return Object.fromEntries(
    tensors.map(([name, { data }]) => [
      name,
      data instanceof Float32Array ? data : Float32Array.from(data),
    ]),
  )
}

export async function openSet(files: SetFiles): Promise<VerifySet> {
  const meta = await readJsonObject(await files.open("meta.json"))
  return {
    name: files.name,
    files,
    meta,
    config: (meta.config ?? {}) as SetConfig,
    outputs: await readTensors(files, "outputs.safetensors"),
  }
}

/** A tensor that a set must have under one of several names. */
export function firstOf(tensors: Tensors, names: readonly string[], where: string): Golden {
  return need(tensors, names.find((name) => tensors[name]) ?? names[0], where)
}

/** A tensor that a set must have. */
export function need(tensors: Tensors, name: string, where: string): Golden {
  const found = tensors[name]
  if (found) return found
  throw new TubeletError(
    `${where} has no tensor "${name}"`,
    `it has ${Object.keys(tensors).slice(0, 8).join(", ")}`,
  )
}
