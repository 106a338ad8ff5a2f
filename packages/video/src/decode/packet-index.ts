/** What a container says of one packet of the video stream. Times in ticks of its clock. */
export interface PacketFacts {
  readonly pts: number | undefined
  readonly dts: number | undefined
  /** 0 where it is not known. */
  readonly duration: number
  readonly bytes: number
  readonly key: boolean
  /** False for packets that hold no picture to show: only a reference, or cut off by an edit. */
  readonly shown: boolean
  /** The container knows that bytes are missing. */
  readonly corrupt: boolean
}

export interface KeyFrame {
  readonly pts: number
  /** Where some containers look for it: they know the order of decoding only. */
  readonly dts: number
}

/** What the packets say, without decoding: shown frames in order of time, in ticks. */
export interface PacketIndex {
  /** Ascending. */
  readonly pts: readonly number[]
  /** Ascending. */
  readonly keys: readonly KeyFrame[]
  /** Packets bear no times, or times that start again, so only decoding tells frames apart. */
  readonly untimed: boolean
  /** Frames whose packets lack bytes. */
  readonly corrupt: ReadonlySet<number>
  /** The file ends inside a packet. */
  readonly cut: boolean
  /** Packets read, shown or not. */
  readonly count: number
  /** How long they last together, in ticks; 0 where that is not known. */
  readonly ticks: number
}

/** `lastIsPart`: the file ends early, and its container would hand out a part of a packet. */
export function indexPackets(packets: Iterable<PacketFacts>, lastIsPart: boolean): PacketIndex {
  const pts: number[] = []
  const keys: KeyFrame[] = []
  const corrupt = new Set<number>()
  let untimed = false
  let cut = false
  let count = 0
  const durations: number[] = []
  let begin: number | undefined
  let end = 0
  let joined = false
  let last: number | undefined
  let latest = Number.NEGATIVE_INFINITY
  for (const packet of packets) {
    const { dts = latest, duration } = packet
    // As where two recordings were joined.
    if (dts < latest) joined = true
    latest = dts
    begin ??= packet.dts
    end = Math.max(end, dts + duration)
    durations.push(duration)
    cut = packet.corrupt
    count++
    last = packet.pts
    if (packet.pts === undefined) {
      untimed ||= packet.bytes > 0
      continue
    }
    if (packet.key) keys.push({ pts: packet.pts, dts: packet.dts ?? packet.pts })
    if (packet.corrupt) corrupt.add(packet.pts)
    // Nothing before the first key frame can be decoded.
    if (keys.length > 0 && packet.shown) pts.push(packet.pts)
  }
  if (lastIsPart && last !== undefined) corrupt.add(last)
  const first = keys[0]?.pts ?? 0
  keys.sort((a, b) => a.pts - b.pts)
  // Pictures that precede the first key frame in time refer to a group that is not there.
  const shown = pts.filter((time) => time >= first).sort((a, b) => a - b)
  untimed ||= joined || shown.some((time, i) => time === shown[i - 1])
  // FFmpeg takes the last packet of some bare streams for shorter.
  const usual = durations.sort((a, b) => a - b)[count >> 1]
  const ticks = joined ? 0 : begin === undefined ? count * usual : end - begin
  return { pts: shown, keys, untimed, corrupt, cut, count, ticks }
}
