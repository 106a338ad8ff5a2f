// WebGPU in Node through Dawn, where a browser has it.
import { create, globals } from "webgpu"

/** While anything is awaited Dawn looks at the device in every turn: 1 ms apart leaves it the core. */
const rest = 1
const { setImmediate } = globalThis
const isDawns = (f) => f.length === 0 && Function.prototype.toString.call(f).includes("native code")

export function provideWebGpu() {
  Object.assign(globalThis, globals)
  if (!process.env.DAWN_BUSY)
  globalThis.setImmediate = Object.assign(
    (f, ...args) => (isDawns(f) ? setTimeout(f, rest, ...args) : setImmediate(f, ...args)),
    setImmediate,
  )
  const gpu = create([])
  const { hardwareConcurrency = 1 } = globalThis.navigator ?? {}
  const navigator = { hardwareConcurrency, userAgent: "node", gpu }
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true })
}
