import type { Buildable } from "./machine.js"

/** An object's attributes by name; usually of an `argparse.Namespace`. */
export class Attributes extends Map<unknown, unknown> implements Buildable {
  build(state: unknown): void {
    // Classes with slots store (attributes, slots); only attributes are used.
    const attributes = Array.isArray(state) ? state[0] : state
    if (attributes instanceof Map) for (const [name, value] of attributes) this.set(name, value)
  }
}
