import { setTimeout as sleep } from "node:timers/promises"
import type { Backend } from "@tubelet/core"
import type { Batch, PixelType } from "@tubelet/video"

/** Batches that a consumer takes. */
export type Batches = AsyncIterator<Batch<PixelType>, never, void>

/** How fast batches come if the consumer does nothing else. */
export interface Speed {
  readonly clips: number
  readonly seconds: number
  readonly clipsPerSecond: number
  /** Clips per second of CPU time of all processes. */
  readonly clipsPerSecondPerCore: number
  /**
   * CPU seconds per clip by part: `open`, `decode`, each transform by its name, and `copy` for all
   * other CPU time, most of which passes clips between processes and to the backend.
   */
  readonly parts: Readonly<Record<string, number>>
  readonly skipped: number
}

/** What a consumer of this many clips per second found. */
export interface Consumer {
  readonly clipsPerSecond: number
  /** The fraction of its time that it waited for data. */
  readonly waitShare: number
}

/** More batches than a loader prepares ahead. */
const queued = 3

/** A consumer of a little less than the measured rate should find its batches ready. */
const consumerShare = 0.9

/** Measures the speed, then a consumer of 0.9 of it, or of the demand if that is less. */
export async function measure(
  stream: Batches,
  { warmup, batches, demand }: Counts,
  backend: Backend,
): Promise<{ readonly speed: Speed; readonly consumer: Consumer }> {
  for (let i = 0; i < warmup; i++) await stream.next()
  const speed = await measureSpeed(stream, batches, backend)
  const most = consumerShare * speed.clipsPerSecond
  const clipsPerSecond = Math.min(most, demand ?? most)
  const waitShare = await measureWait(stream, batches, { clipsPerSecond, backend })
  return { speed, consumer: { clipsPerSecond, waitShare } }
}

interface Counts {
  /** Batches before the first that is timed. */
  readonly warmup: number
  /** Batches to time, and for the consumer to take. */
  readonly batches: number
  /** Clips per second. */
  readonly demand: number | undefined
}

/** Takes batches as they come, each uploaded to the backend. */
async function measureSpeed(batches: Batches, count: number, backend: Backend): Promise<Speed> {
  const totals: Record<string, number> = {}
  const sum = { clips: 0, subprocessSeconds: 0, skipped: 0 }
  const [began, before] = [performance.now(), process.cpuUsage()]
  for (let i = 0; i < count; i++) {
    const { value: batch } = await batches.next()
    upload(batch, backend)
    sum.clips += batch.samples.length
    sum.skipped += batch.skipped.length
    sum.subprocessSeconds += batch.costs.subprocessSeconds
    for (const [part, seconds] of Object.entries(batch.costs.seconds)) {
      totals[part] = (totals[part] ?? 0) + seconds
    }
  }
  const { user, system } = process.cpuUsage(before)
  const { clips, skipped, subprocessSeconds } = sum
  const cpuSeconds = (user + system) / 1e6 + subprocessSeconds
  const seconds = (performance.now() - began) / 1000
  return {
    ...{ clips, seconds, skipped },
    clipsPerSecond: clips / seconds,
    clipsPerSecondPerCore: clips / cpuSeconds,
    parts: partsOf(totals, { clips, cpuSeconds }),
  }
}

export const sumOf = (parts: Speed["parts"]): number =>
  Object.values(parts).reduce((sum, seconds) => sum + seconds, 0)

/** CPU seconds per clip. On a busy machine, the parts took longer than they used the CPU. */
function partsOf(
  totals: Readonly<Record<string, number>>,
  { clips, cpuSeconds }: { readonly clips: number; readonly cpuSeconds: number },
): Speed["parts"] {
  const timed = sumOf(totals)
  const scale = Math.min(1, cpuSeconds / timed) / clips
  const parts = Object.entries(totals).map(([part, seconds]) => [part, seconds * scale])
  return { ...Object.fromEntries(parts), copy: Math.max(0, cpuSeconds - timed) / clips }
}

/**
 * The fraction of its time that a consumer of this many clips per second waits. Between batches it
 * leaves the CPU alone, as a GPU does.
 */
async function measureWait(
  batches: Batches,
  count: number,
  { clipsPerSecond, backend }: { readonly clipsPerSecond: number; readonly backend: Backend },
): Promise<number> {
  const { value: first } = await batches.next()
  const period = 1000 / clipsPerSecond
  // Until the queue is full, as it is when a run has compiled its first step.
  await sleep(queued * first.samples.length * period)
  let waited = 0
  const began = performance.now()
  for (let i = 0; i < count; i++) {
    const asked = performance.now()
    const { value: batch } = await batches.next()
    const got = performance.now()
    waited += got - asked
    upload(batch, backend)
    await sleep(got + batch.samples.length * period - performance.now())
  }
  return waited / (performance.now() - began)
}

function upload({ clips, shape }: Batch<PixelType>, backend: Backend): void {
  backend.upload(clips, { dtype: clips instanceof Float32Array ? "f32" : "u8", shape }).dispose()
}
