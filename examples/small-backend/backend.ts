import {
  type Backend,
  type Graph,
  type HostArray,
  hostArrayClass,
  type MemoryReport,
  type Program,
  requireFilled,
  type Spec,
} from "@tubelet/core"
import type { Dialect } from "@tubelet/core/codegen"
import { SmallArray } from "./array.js"
import { javascript } from "./dialect.js"
import { compileProgram } from "./program.js"

/** A backend that generates JavaScript kernels and runs them in order. */
export const smallBackend = (language: Dialect = javascript): Backend => new SmallBackend(language)

class SmallBackend implements Backend {
  readonly name = "small"
  readonly device = { name: "JavaScript", threads: 1 }
  #bytes = 0
  /** A dropped handle no longer counts, even if it was not disposed of. */
  readonly #forgotten = new FinalizationRegistry<number>((bytes) => {
    this.#bytes -= bytes
  })

  constructor(readonly language: Dialect) {}

  /** No composites: they arrive as primitives, which the schedule fuses again. */
  supports(): boolean {
    return false
  }

  upload(data: HostArray, spec: Spec): SmallArray {
    requireFilled(data, spec)
    return this.#handle(spec, hostArrayClass(spec.dtype).from(data))
  }

  async compile(graph: Graph): Promise<Program> {
    return compileProgram(graph, this.language, (spec, elements) => this.#handle(spec, elements))
  }

  /** A run is finished when it returns. */
  async synchronize(): Promise<void> {}

  memory(): MemoryReport {
    return { bytesInUse: this.#bytes, bytesReserved: this.#bytes }
  }

  async dispose(): Promise<void> {}

  #handle(spec: Spec, elements: HostArray): SmallArray {
    const bytes = elements.byteLength
    const handle = new SmallArray(this, spec, elements, () => {
      this.#forgotten.unregister(handle)
      this.#bytes -= bytes
    })
    this.#forgotten.register(handle, bytes, handle)
    this.#bytes += bytes
    return handle
  }
}
