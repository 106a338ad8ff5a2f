import type { Buildable } from "./machine.js"

/** An object as plain data: `argparse.Namespace`, mostly. Its attributes by name. */
export class Attributes extends Map<unknown, unknown> implements Buildable {
  build(state: unknown): void {
    // Python's (attributes, slots) of classes with slots; only the first is used here.
    const attributes = Array.isArray(state) ? state[0] : state
    if (attributes instanceof Map) for (const [name, value] of attributes) this.set(name, value)
  }
}
