// WebGPU in Node through Dawn, where a browser has it.
import { create, globals } from "webgpu"

/**
 * While anything is awaited, Dawn looks at the device in every turn of the event loop, and on a
 * CPU takes a core from the driver. As in our backend its turns are 1 ms apart here: jax-js is
 * faster by a third with it.
 */
const rest = 1
const { setImmediate } = globalThis
const isDawns = (f) => f.length === 0 && Function.prototype.toString.call(f).includes("native code")

export function provideWebGpu() {
  Object.assign(globalThis, globals)
  globalThis.setImmediate = Object.assign(
    (f, ...args) => (isDawns(f) ? setTimeout(f, rest, ...args) : setImmediate(f, ...args)),
    setImmediate,
  )
  const gpu = create([])
  const { hardwareConcurrency = 1 } = globalThis.navigator ?? {}
  const navigator = { hardwareConcurrency, userAgent: "node", gpu }
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true })
}
