/** Milliseconds between polls. */
const rest = 1

/** Recognises Dawn's callback: native, without parameters. Those of promises take one. */
const isDawns = (f: (...args: never[]) => unknown): boolean =>
  f.length === 0 && Function.prototype.toString.call(f).includes("[native code]")

/**
 * While anything is awaited, Dawn in Node polls the device in every turn of the event loop and
 * keeps a core busy (github.com/dawn-gpu/node-webgpu/issues/17). It uses the global setImmediate,
 * so this replaces its turns with timers, and the process sleeps in between.
 */
export function throttlePolls(): void {
  const { setImmediate } = globalThis
  if ("throttled" in setImmediate) return
  const throttled = (f: (...args: never[]) => unknown, ...args: never[]) =>
    isDawns(f) ? setTimeout(f, rest, ...args) : setImmediate(f, ...args)
  globalThis.setImmediate = Object.assign(throttled, setImmediate, { throttled: true }) as never
}
