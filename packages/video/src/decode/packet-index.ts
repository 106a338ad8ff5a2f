/** A packet of the video stream as its container describes it. Times are in time-base ticks. */
export interface PacketFacts {
  readonly pts: number | undefined
  readonly dts: number | undefined
  /** 0 if unknown. */
  readonly duration: number
  readonly bytes: number
  readonly key: boolean
  /** False for packets that are not displayed: reference only, or cut off by an edit list. */
  readonly shown: boolean
  /** The container knows that bytes are missing. */
  readonly corrupt: boolean
}

export interface Keyframe {
  readonly pts: number
  /** The seek target in containers that only know decoding order. */
  readonly dts: number
}

/** Displayed frames in order of time, from the packets alone. Times are in time-base ticks. */
export interface PacketIndex {
  /** Ascending. */
  readonly pts: readonly number[]
  /** Ascending. */
  readonly keys: readonly Keyframe[]
  /** Packets have no timestamps, or ones that restart, so only decoding identifies frames. */
  readonly untimed: boolean
  /** Frames with truncated packets. */
  readonly corrupt: ReadonlySet<number>
  /** The file ends inside a packet. */
  readonly cut: boolean
  /** Packets read, shown or not. */
  readonly count: number
  /** Total duration in ticks; 0 if unknown. */
  readonly ticks: number
}

/** `lastIsPart`: the file is truncated, and its container would return part of the last packet. */
export function indexPackets(packets: Iterable<PacketFacts>, lastIsPart: boolean): PacketIndex {
  const pts: number[] = []
  const keys: Keyframe[] = []
  const corrupt = new Set<number>()
  const clock = new Clock()
  let untimed = false
  let last: PacketFacts | undefined
  for (const packet of packets) {
    clock.add(packet)
    last = packet
    if (packet.pts === undefined) {
      untimed ||= packet.bytes > 0
      continue
    }
    if (packet.key) keys.push({ pts: packet.pts, dts: packet.dts ?? packet.pts })
    if (packet.corrupt) corrupt.add(packet.pts)
    // Nothing before the first keyframe can be decoded.
    if (keys.length > 0 && packet.shown) pts.push(packet.pts)
  }
  if (lastIsPart && last?.pts !== undefined) corrupt.add(last.pts)
  const first = keys[0]?.pts ?? 0
  keys.sort((a, b) => a.pts - b.pts)
  // Frames displayed before the first keyframe refer to a group of pictures that is missing.
  const shown = pts.filter((time) => time >= first).sort((a, b) => a - b)
  untimed ||= clock.restarts || shown.some((time, i) => time === shown[i - 1])
  const { count, ticks } = clock
  return { pts: shown, keys, untimed, corrupt, cut: last?.corrupt ?? false, count, ticks }
}

/** Sums up the packets' durations and decoding times. */
class Clock {
  /** Decoding times go back, as in two concatenated recordings. */
  restarts = false
  readonly #durations: number[] = []
  #begin: number | undefined
  #end = 0
  #latest = Number.NEGATIVE_INFINITY

  add({ dts, duration }: PacketFacts): void {
    const time = dts ?? this.#latest
    if (time < this.#latest) this.restarts = true
    this.#latest = time
    this.#begin ??= dts
    this.#end = Math.max(this.#end, time + duration)
    this.#durations.push(duration)
  }

  get count(): number {
    return this.#durations.length
  }

  get ticks(): number {
    if (this.restarts) return 0
    if (this.#begin !== undefined) return this.#end - this.#begin
    // By the median: FFmpeg gives the last packet of some raw streams a shorter duration.
    const median = [...this.#durations].sort((a, b) => a - b)[this.count >> 1]
    return this.count * median
  }
}
