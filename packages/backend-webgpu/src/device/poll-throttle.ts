/** How long Dawn rests between two looks at the device, in milliseconds. */
const rest = 1

/** Dawn's own callback: native, without parameters. Those of promises take one. */
const isDawns = (f: (...args: never[]) => unknown): boolean =>
  f.length === 0 && Function.prototype.toString.call(f).includes("[native code]")

/**
 * While anything is awaited, Dawn in Node asks the device in every turn of the event loop and keeps
 * a core busy with it (github.com/dawn-gpu/node-webgpu/issues/17). It takes setImmediate from the
 * global object, so here its turns become timers, and the process sleeps in between.
 */
export function throttlePolls(): void {
  const { setImmediate } = globalThis
  if ("throttled" in setImmediate) return
  const throttled = (f: (...args: never[]) => unknown, ...args: never[]) =>
    isDawns(f) ? setTimeout(f, rest, ...args) : setImmediate(f, ...args)
  globalThis.setImmediate = Object.assign(throttled, setImmediate, { throttled: true }) as never
}
