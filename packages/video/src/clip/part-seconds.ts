import type { Transform } from "../augment/kinds.js"
import type { Transformer } from "../augment/transform.js"
import type { Source } from "../decode/source.js"

/** Seconds that the parts of reading took: `open`, `decode`, and each transform by its name. */
export type PartSeconds = Record<string, number>

/** Adds the seconds of a part. */
export function add(sum: PartSeconds, part: string, seconds: number): void {
  sum[part] = (sum[part] ?? 0) + seconds
}

/** Runs a part and adds its seconds. */
export function timed<T>(sum: PartSeconds, part: string, run: () => T): T {
  const began = performance.now()
  const result = run()
  add(sum, part, (performance.now() - began) / 1000)
  return result
}

export async function timedAsync<T>(
  sum: PartSeconds,
  part: string,
  run: () => Promise<T>,
): Promise<T> {
  const began = performance.now()
  const result = await run()
  add(sum, part, (performance.now() - began) / 1000)
  return result
}

type Decoded = Pick<Source, "width" | "height" | "frames">

/** A source that times its decoding. */
export const timedSource = (source: Decoded, sum: PartSeconds): Decoded => ({
  width: source.width,
  height: source.height,
  frames: (times, options) => timedAsync(sum, "decode", () => source.frames(times, options)),
})

/** A transformer that times its work under the name of its transform. */
export const timedTransformer = (
  transformer: Transformer,
  transform: Transform,
  sum: PartSeconds,
): Transformer => ({
  draw(...given) {
    const { view, ...step } = transformer.draw(...given)
    const name = nameOf(transform)
    return {
      ...step,
      apply: (...frames) => timed(sum, name, () => step.apply(...frames)),
      ...(view && {
        view: { ...view, make: (...rows) => timed(sum, name, () => view.make(...rows)) },
      }),
    }
  },
})

function nameOf(transform: Transform): string {
  if (typeof transform === "string") return transform
  return "module" in transform ? transform.module : transform.name
}
