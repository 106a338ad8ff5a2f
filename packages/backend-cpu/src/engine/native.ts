import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import {
  type DType,
  type HostArray,
  hostArray,
  type ProfileRow,
  sizeOf,
  TubeletError,
} from "@tubelet/core"
import type { Elements, Engine, LoadOptions, Session, Wanted } from "./engine.js"
import { type Library, loadLibrary, type Pointer } from "./library.js"
import { configEntries } from "./session-config.js"
import { rowsOfTrace } from "./trace.js"

/** ONNX Runtime's native library, in this process. */
export function nativeEngine(threads: number): Engine {
  const runtime = startRuntime(loadLibrary())
  return {
    name: `ONNX Runtime ${runtime.library.version}`,
    threads,
    takesShared: true,
    load: (file, options) => load(runtime, file, threads, options),
  }
}

/** What all sessions of a process share. */
interface Runtime {
  readonly library: Library
  readonly environment: Pointer
  /** Says that tensors are in host memory. */
  readonly hostMemory: Pointer
}

const arenaAllocator = 1
const defaultMemory = 0
const logErrors = 3
const logNothing = 4
const optimizeNothing = 0

let started: Runtime | undefined

/** Sessions share one arena: memory that one frees serves the next. */
function startRuntime(library: Library): Runtime {
  if (started) return started
  const environment = library.make("CreateEnv", logErrors, "tubelet")
  library.call("DisableTelemetryEvents", environment)
  const hostMemory = library.make("CreateCpuMemoryInfo", arenaAllocator, defaultMemory)
  library.call("CreateAndRegisterAllocator", environment, hostMemory, null)
  started = { library, environment, hostMemory }
  return started
}

async function load(
  { library, environment, hostMemory }: Runtime,
  file: Uint8Array,
  threads: number,
  { profile }: LoadOptions,
): Promise<Session> {
  const options = library.make("CreateSessionOptions")
  try {
    library.call("SetSessionGraphOptimizationLevel", options, optimizeNothing)
    library.call("SetIntraOpNumThreads", options, threads)
    library.call("SetSessionLogSeverityLevel", options, logNothing)
    library.call("DisableMemPattern", options)
    const entries = { ...configEntries, "session.use_env_allocators": "1" }
    for (const [key, value] of Object.entries(entries)) {
      library.call("AddSessionConfigEntry", options, key, value)
    }
    const folder = profile ? await mkdtemp(join(tmpdir(), "tubelet-profile-")) : undefined
    if (folder) library.call("EnableProfiling", options, join(folder, "run"))
    const pointer = library.make("CreateSessionFromArray", environment, file, file.length, options)
    const session = new NativeSession(library, hostMemory, pointer)
    return folder
      ? Object.assign(session, { profile: () => readProfile(session, folder) })
      : session
  } finally {
    library.release("ReleaseSessionOptions", options)
  }
}

/** ONNX's numbers for element types. */
const types: Partial<Record<DType, number>> = { f32: 1, u8: 2, i32: 6, bool: 9, f16: 10 }

/** A session of the native library, which accesses arrays in place. */
class NativeSession implements Session {
  constructor(
    readonly library: Library,
    readonly hostMemory: Pointer,
    readonly pointer: Pointer,
  ) {}

  async run(
    feeds: ReadonlyMap<string, Elements>,
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<Map<string, HostArray>> {
    // The library computes on this thread. Let the event loop turn first, so that processes that
    // decode the next clips get work.
    await setImmediate()
    const found = new Map(
      [...wanted].map(([name, { dtype, shape, into }]) => {
        return [name, into ?? hostArray(dtype, sizeOf(shape))] as const
      }),
    )
    const values: Pointer[] = []
    const value = (elements: Elements): Pointer => {
      values.push(this.#value(elements))
      return values.at(-1)!
    }
    try {
      const given = [...feeds.values()].map(value)
      const taken = [...wanted].map(([name, spec]) => value({ ...spec, data: found.get(name)! }))
      const [inputs, outputs] = [[...feeds.keys()], [...wanted.keys()]]
      const { length } = inputs
      this.library.call(
        "Run",
        ...[this.pointer, null, inputs, given, length, outputs, outputs.length, taken],
      )
      return found
    } finally {
      for (const pointer of values) this.library.release("ReleaseValue", pointer)
    }
  }

  async release(): Promise<void> {
    this.library.release("ReleaseSession", this.pointer)
  }

  /** A library tensor over the array's own bytes. */
  #value({ dtype, shape, data }: Elements): Pointer {
    const type = types[dtype]
    if (type === undefined) {
      throw new TubeletError(
        `ONNX Runtime does not accept ${dtype} from JavaScript`,
        "cast it to f32",
      )
    }
    const dims = BigInt64Array.from(shape, BigInt)
    return this.library.make(
      "CreateTensorWithDataAsOrtValue",
      ...[this.hostMemory, data, data.byteLength, dims, dims.length, type],
    )
  }
}

/** ONNX Runtime writes its trace to a file when profiling ends. */
async function readProfile(
  { library, pointer }: NativeSession,
  folder: string,
): Promise<ProfileRow[]> {
  const allocator = library.make("GetAllocatorWithDefaultOptions")
  const name = library.make("SessionEndProfiling", pointer, allocator)
  library.call("AllocatorFree", allocator, name)
  const [file] = await readdir(folder)
  const trace = JSON.parse(await readFile(join(folder, file), "utf8"))
  await rm(folder, { recursive: true })
  return rowsOfTrace(trace)
}
