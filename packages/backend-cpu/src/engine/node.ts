import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import type { ProfileRow } from "@tubelet/core"
import type { Engine } from "./engine.js"
import { OnnxSession, type Runtime, sessionOptions } from "./onnx-runtime.js"
import { rowsOfTrace } from "./trace.js"

/** ONNX Runtime's native library, in this process. */
export async function nodeEngine({ threads = availableParallelism() }): Promise<Engine> {
  // Its package is CommonJS, whose names a dynamic import shows under `default`.
  const { default: runtime } = await import("onnxruntime-node")
  return {
    name: `ONNX Runtime ${runtime.env.versions.node ?? ""}`.trim(),
    threads,
    async load(file, { profile, arena }) {
      const options = sessionOptions(threads, arena)
      if (!profile) return load(runtime, file, options)
      const folder = await mkdtemp(join(tmpdir(), "tubelet-profile-"))
      const traced = { enableProfiling: true, profileFilePrefix: join(folder, "run") }
      const session = await load(runtime, file, { ...options, ...traced })
      return Object.assign(session, { profile: () => readProfile(session, folder) })
    },
  }
}

const load = async (
  runtime: Runtime,
  file: Uint8Array,
  options: ReturnType<typeof sessionOptions>,
): Promise<OnnxSession> =>
  new OnnxSession(runtime, await runtime.InferenceSession.create(file, options), true)

/** ONNX Runtime writes its trace to a file when measuring ends. */
async function readProfile({ session }: OnnxSession, folder: string): Promise<ProfileRow[]> {
  session.endProfiling()
  const [name] = await readdir(folder)
  const trace = JSON.parse(await readFile(join(folder, name!), "utf8"))
  await rm(folder, { recursive: true })
  return rowsOfTrace(trace)
}
