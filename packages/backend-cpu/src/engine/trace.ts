import type { ProfileRow } from "@tubelet/core"

/** An event of ONNX Runtime's profiler, in Chrome's trace format; `dur` is in microseconds. */
interface TraceEvent {
  readonly cat: string
  readonly name: string
  readonly dur: number
  readonly args?: { readonly op_name?: string }
}

/** Time by operator, slowest first. */
export function rowsOfTrace(events: readonly TraceEvent[]): ProfileRow[] {
  const rows = new Map<string, { kernel: string; calls: number; seconds: number }>()
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || !args?.op_name) continue
    const row = rows.get(args.op_name) ?? { kernel: args.op_name, calls: 0, seconds: 0 }
    row.calls++
    row.seconds += dur / 1e6
    rows.set(args.op_name, row)
  }
  return [...rows.values()].sort((a, b) => b.seconds - a.seconds)
}
