import { type Backend, DeviceLostError, type Program } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"

export const lost = () =>
  new DeviceLostError("the GPU device was lost (unknown): it hung.", "go on")

/** The interpreter, on a device that is lost at its `runs`-th run. */
export function mortal(runs: number): Backend & { disposals: number } {
  const backend = referenceBackend()
  let left = runs
  return Object.assign(Object.create(backend) as Backend, {
    disposals: 0,
    async compile(...given: Parameters<Backend["compile"]>): Promise<Program> {
      const program = await backend.compile(...given)
      const run: Program["run"] = (values) => {
        if (--left < 0) throw lost()
        return program.run(values)
      }
      return { ...program, run, dispose: () => program.dispose(), memory: () => program.memory() }
    },
    async dispose() {
      this.disposals++
    },
  })
}
