import type { Backend } from "../backend.js"

/** One test of a backend; rejects if the backend is wrong. */
export interface ConformanceCase {
  readonly name: string
  run(backend: Backend): Promise<void>
}
