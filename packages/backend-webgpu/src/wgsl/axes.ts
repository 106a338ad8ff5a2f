import type { Shape } from "@tubelet/core"

/** Consecutive elements in row-major order at a constant distance. */
export interface Axis {
  readonly extent: number
  readonly stride: number
}

/** The axes of a strided tensor, with axes of length 1 dropped and contiguous ones merged. */
export function collapsedAxes(shape: Shape, strides: readonly number[]): Axis[] {
  const axes: Axis[] = []
  for (const [i, extent] of shape.entries()) {
    const stride = strides[i]
    const outer = axes.at(-1)
    if (extent === 1) continue
    if (outer?.stride === stride * extent) {
      axes[axes.length - 1] = { extent: outer.extent * extent, stride }
    } else axes.push({ extent, stride })
  }
  return axes
}

/** The u32 offset of element `n` in row-major order. */
export function printOffset(n: string, axes: readonly Axis[]): string {
  let inside = 1
  const terms = [...axes].reverse().map(({ extent, stride }, i) => {
    const above = inside === 1 ? n : `${n} / ${inside}u`
    inside *= extent
    const index = i === axes.length - 1 ? above : `${above} % ${extent}u`
    return stride === 1 ? index : `${index} * ${stride}u`
  })
  return terms.length === 0 ? "0u" : terms.reverse().join(" + ")
}
