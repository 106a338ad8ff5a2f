import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { TubeletError } from "@tubelet/core"
import koffi, { type LibraryHandle } from "koffi"

/** A pointer owned by the library. */
export type Pointer = bigint

/** Paths are UTF-16 on Windows, else UTF-8. */
const path = process.platform === "win32" ? "str16" : "str"
const made = "_Out_ void **"

/**
 * The functions we use of ONNX Runtime's C API, with their index in its function table. Indices
 * never change: new functions are appended. Each function returns a status, which is null on
 * success.
 */
const functions = {
  CreateEnv: [3, ["int", "str", made]],
  DisableTelemetryEvents: [6, ["void *"]],
  CreateSessionFromArray: [8, ["void *", "void *", "size_t", "void *", made]],
  Run: [9, ["void *", "void *", "str *", "void **", "size_t", "str *", "size_t", "void **"]],
  CreateSessionOptions: [10, [made]],
  EnableProfiling: [14, ["void *", path]],
  DisableMemPattern: [17, ["void *"]],
  SetSessionLogSeverityLevel: [22, ["void *", "int"]],
  SetSessionGraphOptimizationLevel: [23, ["void *", "int"]],
  SetIntraOpNumThreads: [24, ["void *", "int"]],
  CreateTensorWithDataAsOrtValue: [
    49,
    ["void *", "void *", "size_t", "int64_t *", "size_t", "int", made],
  ],
  CreateCpuMemoryInfo: [69, ["int", "int", made]],
  AllocatorFree: [76, ["void *", "void *"]],
  GetAllocatorWithDefaultOptions: [78, [made]],
  SessionEndProfiling: [110, ["void *", "void *", made]],
  AddSessionConfigEntry: [130, ["void *", "str", "str"]],
  CreateAndRegisterAllocator: [144, ["void *", "void *", "void *"]],
} as const

/** Functions without a status, and the text of a status. */
const getErrorMessage = 2
const releases = {
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseSessionOptions: 100,
} as const

/** The table version that contains all of them. */
const apiVersion = 20

type Name = keyof typeof functions

/** ONNX Runtime's library, in this process. */
export class Library {
  readonly version: string
  /** Keeps a reference: koffi unloads unreferenced libraries. */
  readonly loaded: LibraryHandle
  readonly #call = new Map<Name, (...args: unknown[]) => Pointer | null>()
  readonly #release = new Map<keyof typeof releases, (pointer: Pointer) => void>()
  readonly #message: (status: Pointer) => string

  constructor(file: string) {
    this.loaded = koffi.load(file)
    const base = this.loaded.func("void *OrtGetApiBase()")() as Pointer
    const [getApi, getVersion] = koffi.decode(base, koffi.array("void *", 2)) as Pointer[]
    this.version = koffi.call(getVersion, koffi.proto("str", [])) as string
    const table = koffi.call(getApi, koffi.proto("void *", ["uint32_t"]), apiVersion) as Pointer
    const places = Math.max(...Object.values(functions).map(([place]) => place)) + 1
    const api = koffi.decode(table, koffi.array("void *", places)) as Pointer[]
    const at = (place: number, result: string, parameters: readonly unknown[]) =>
      koffi.decode(api[place], koffi.proto(result, [...parameters] as string[]))
    this.#message = at(getErrorMessage, "str", ["void *"])
    for (const [name, [place, parameters]] of Object.entries(functions)) {
      this.#call.set(name as Name, at(place, "void *", parameters))
    }
    for (const [name, place] of Object.entries(releases)) {
      this.#release.set(name as keyof typeof releases, at(place, "void", ["void *"]))
    }
  }

  /** Calls a function and throws the text of its status on error. */
  call(name: Name, ...args: unknown[]): void {
    const status = this.#call.get(name)!(...args)
    if (!status) return
    const message = this.#message(status)
    this.release("ReleaseStatus", status)
    throw new Error(message)
  }

  /** Calls a function whose last parameter receives its result, and returns that. */
  make(name: Name, ...args: unknown[]): Pointer {
    const place: [Pointer | null] = [null]
    this.call(name, ...args, place)
    return place[0]!
  }

  release(name: keyof typeof releases, pointer: Pointer): void {
    this.#release.get(name)!(pointer)
  }
}

const fileNames: Partial<Record<NodeJS.Platform, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
}

let library: Library | undefined

/**
 * Loads the library inside the package `onnxruntime-node`. The package's own binding copies each
 * result to a new array, even if given one to write to: in a training step those are all gradients.
 * Nor does it allow control over memory.
 */
export function loadLibrary(): Library {
  library ??= new Library(libraryFile())
  return library
}

function libraryFile(): string {
  const { platform, arch } = process
  const name = fileNames[platform]
  if (name === undefined) {
    throw new TubeletError(
      `ONNX Runtime's package has no library for ${platform}`,
      "use Linux, macOS or Windows, or another backend",
    )
  }
  // Its entry point is in dist, its libraries are in bin.
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")))
  return join(root, "bin", "napi-v6", platform, arch, name)
}
