import type { Backend } from "@tubelet/core"
import { UsageError } from "../shell/errors.js"
import { choice, whole } from "../shell/flag.js"
import { typed } from "../shell/typed.js"

interface BackendRow {
  readonly dtypes: readonly string[]
  /** Whether `auto` may take it; of several the first that opens. */
  readonly auto: boolean
  open(options: { readonly threads?: number }): Promise<Backend>
}

/** Every backend there is, the fastest first: what flags, help and errors know of them. */
const backends: Readonly<Record<string, BackendRow>> = {
  cpu: {
    dtypes: ["f32"],
    auto: true,
    open: async (options) => (await import("@tubelet/backend-cpu")).cpuBackend(options),
  },
  webgpu: {
    dtypes: ["f32"],
    auto: false,
    open: async () => (await import("@tubelet/backend-webgpu")).webgpuBackend(),
  },
  reference: {
    dtypes: ["f32"],
    auto: false,
    open: async () => (await import("@tubelet/core/testing")).referenceBackend(),
  },
}

const names = ["auto", ...Object.keys(backends)]
const dtypes = [...new Set(Object.values(backends).flatMap((row) => row.dtypes))]

const others = `this version has no others; ${typed("tubelet doctor")} says what is here`

export const backendFlags = {
  backend: choice("where to compute (auto: the best there is)", names, others),
  threads: whole("threads of the CPU backend (all cores)"),
  dtype: choice("precision (f32)", dtypes, "this version has no others"),
}

export interface BackendChoice {
  readonly backend?: string
  readonly threads?: number
  readonly dtype?: string
}

/** Opens the chosen backend. */
export async function openBackend({
  backend = "auto",
  threads,
  dtype = "f32",
}: BackendChoice): Promise<Backend> {
  const rows = Object.values(backends).filter((row) => row.auto)
  const asked = backend === "auto" ? rows : [backends[backend]!]
  const able = asked.filter((row) => row.dtypes.includes(dtype))
  let failure: unknown = new UsageError(
    `--backend ${backend} does not compute in ${dtype}`,
    `choose --dtype ${[...new Set(asked.flatMap((row) => row.dtypes))].join(" or ")}`,
  )
  for (const row of able) {
    try {
      return await row.open(threads === undefined ? {} : { threads })
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
