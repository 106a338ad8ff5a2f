import { basename, dirname, join, resolve } from "node:path"
import { openSafetensors, readJsonObject } from "@tubelet/checkpoint"
import { type HostArray, TubeletError } from "@tubelet/core"
import type { SetConfig } from "./config.js"

/** A tensor of a set, with the array class its stored type has. */
export interface Golden {
  readonly shape: readonly number[]
  readonly data: HostArray
}

export type Tensors = Readonly<Record<string, Golden>>

/** A folder of golden numbers. */
export interface VerifySet {
  readonly name: string
  readonly folder: string
  readonly meta: Readonly<Record<string, unknown>>
  readonly config: SetConfig
  readonly outputs: Tensors
}

/** Every tensor of a file; i32 and u8 stay integers, all else becomes f32. */
export async function readTensors(path: string): Promise<Tensors> {
  const file = await openSafetensors(path)
  try {
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
    await file.close()
  }
}

export async function openSet(path: string): Promise<VerifySet> {
  const folder = resolve(path)
  const meta = await readJsonObject(join(folder, "meta.json"))
  return {
    name: basename(folder),
    folder,
    meta,
    config: (meta.config ?? {}) as SetConfig,
    outputs: await readTensors(join(folder, "outputs.safetensors")),
  }
}

/** The folder of another set, which lies beside this one. */
export const besides = (set: VerifySet, name: string): string => join(dirname(set.folder), name)

/** A tensor that a set must have. */
export function need(tensors: Tensors, name: string, where: string): Golden {
  const found = tensors[name]
  if (found) return found
  throw new TubeletError(
    `${where} has no tensor "${name}"`,
    `it has ${Object.keys(tensors).slice(0, 8).join(", ")}`,
  )
}
