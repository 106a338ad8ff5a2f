import { type Backend, TubeletError } from "@tubelet/core"
import { UsageError } from "../shell/errors.js"
import { choice, whole } from "../shell/flag.js"

const names = ["auto", "cpu", "webgpu", "cuda", "webgl", "reference"] as const
export type BackendName = (typeof names)[number]

export const backendFlags = {
  backend: choice("where to compute (auto: the best there is)", names),
  threads: whole("threads of the CPU backend (all cores)"),
  dtype: choice("precision (f32)", ["f32", "bf16", "f16"] as const),
}

export interface BackendChoice {
  readonly backend?: BackendName
  readonly threads?: number
  readonly dtype?: "f32" | "bf16" | "f16"
}

/** Opens the chosen backend. */
export async function openBackend({
  backend = "auto",
  threads,
  dtype = "f32",
}: BackendChoice): Promise<Backend> {
  if (dtype !== "f32") {
    throw new UsageError(`--dtype ${dtype} is not available on this backend`, "choose --dtype f32")
  }
  if (backend === "reference") {
    const { referenceBackend } = await import("@tubelet/core/testing")
    return referenceBackend()
  }
  if (backend === "auto" || backend === "cpu") {
    const { cpuBackend } = await import("@tubelet/backend-cpu")
    return cpuBackend(threads === undefined ? {} : { threads })
  }
  throw new TubeletError(
    `the backend ${backend} is not part of this version`,
    "choose --backend cpu; tubelet doctor says what this machine offers",
  )
}
