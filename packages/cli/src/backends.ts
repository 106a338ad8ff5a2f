import { type Backend, TubeletError } from "@tubelet/core"
import { described, UsageError } from "./shell/errors.js"
import { choice, whole } from "./shell/flag.js"
import { typed } from "./shell/typed.js"

interface BackendRow {
  readonly dtypes: readonly string[]
  /** Whether `auto` may choose it; the first that opens is chosen. */
  readonly auto: boolean
  /** For `auto`: throws if it is not worth choosing. */
  worthwhile?(): Promise<void>
  open(options: { readonly threads?: number }): Promise<Backend>
}

/** All backends, fastest first: flags, help and errors come from here. */
const backends: Readonly<Record<string, BackendRow>> = {
  webgpu: {
    dtypes: ["f32"],
    auto: true,
    worthwhile: requireRealGpu,
    open: async () => (await import("@tubelet/backend-webgpu")).webgpuBackend(),
  },
  cpu: {
    dtypes: ["f32"],
    auto: true,
    open: async (options) => (await import("@tubelet/backend-cpu")).cpuBackend(options),
  },
  reference: {
    dtypes: ["f32"],
    auto: false,
    open: async () => (await import("@tubelet/core/testing")).referenceBackend(),
  },
}

/** A software driver is slower than the CPU backend. */
async function requireRealGpu(): Promise<void> {
  const { probeAdapter } = await import("@tubelet/backend-webgpu")
  const { name, software } = await probeAdapter()
  if (!software) return
  throw new TubeletError(
    `${name} is a software driver, slower than the CPU backend`,
    "install the GPU's driver, or force it with --backend webgpu",
  )
}

const names = ["auto", ...Object.keys(backends)]
const dtypes = [...new Set(Object.values(backends).flatMap((row) => row.dtypes))]

const others = `this version has no others; ${typed("tubelet doctor")} checks them`

export const backendFlags = {
  backend: choice("backend (a GPU if any)", names, others),
  threads: whole("threads of the CPU backend (all cores)"),
  dtype: choice("precision (f32)", dtypes, "this version has no others"),
}

export interface BackendChoice {
  readonly backend?: string
  readonly threads?: number
  readonly dtype?: string
}

/** Opens the chosen backend; the log says which one `auto` chose. */
export async function openBackend(
  { backend = "auto", threads, dtype = "f32" }: BackendChoice,
  log: (line: string) => void,
): Promise<Backend> {
  const automatic = backend === "auto"
  const asked = Object.entries(backends).filter(([name, row]) =>
    automatic ? row.auto : name === backend,
  )
  const able = asked.filter(([, row]) => row.dtypes.includes(dtype))
  if (able.length === 0) {
    throw new UsageError(
      `--backend ${backend} does not support ${dtype}`,
      `choose --dtype ${[...new Set(asked.flatMap(([, row]) => row.dtypes))].join(" or ")}`,
    )
  }
  const failures: Failure[] = []
  for (const [name, row] of able) {
    try {
      if (automatic) await row.worthwhile?.()
      const opened = await row.open(threads === undefined ? {} : { threads })
      if (automatic) log(`backend ${name}: ${opened.device.name}`)
      if (opened.device.software) log(`${opened.device.name} is slower than --backend cpu`)
      return opened
    } catch (error) {
      failures.push({ name, error })
    }
  }
  throw automatic ? noneOpened(failures) : failures[0].error
}

/**
 * A factory of the chosen backend. Further calls open the same one, so that a run that lost its
 * device continues bit-identically.
 */
export function reopening(
  choice: BackendChoice,
  log: (line: string) => void,
): () => Promise<Backend> {
  let { backend } = choice
  return async () => {
    const opened = await openBackend({ ...choice, ...(backend && { backend }) }, log)
    backend = opened.name
    return opened
  }
}

interface Failure {
  readonly name: string
  readonly error: unknown
}

/** Why each backend that `auto` tried does not open, and what to do. */
function noneOpened(failures: readonly Failure[]): TubeletError {
  const told = failures.map(({ name, error }) => ({ name, ...described(error) }))
  const reasons = told.map(({ name, message }) => `${name}: ${message}`)
  return new TubeletError(
    `no backend could be opened: ${reasons.join("; ")}`,
    told.map(({ name, advice }) => `for ${name}: ${advice}`).join("; "),
    { cause: failures.at(-1)!.error },
  )
}
