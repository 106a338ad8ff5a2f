/** A frame, as ffmpeg's filter showinfo tells of it. */
export interface ToldFrame {
  /** Its number, from 0. */
  readonly count: number
  /** Ticks of the stream's clock. NaN where it has no time. */
  readonly pts: number
  readonly key: boolean
  /** Whether ffmpeg complained since it told of the frame before. */
  readonly complained: boolean
}

// Only at the start of a line: a file's own title is in the log, too, and may say anything.
// `pts_time` is no help: it is rounded to six digits.
const shownLine = /^\[Parsed_showinfo_\d+ @ [^\]]*\] \[info\] n: *(\d+) +pts: *(\S+) .*? iskey:(\d)/
const complaintLine = /^(?:\[([^@\]]+) @ \w+\] )?(?:\[[^@\]]+ @ \w+\] )?\[error\]/

/**
 * The frames that a log at `-loglevel level+info` tells of, in the order of decoding. What the
 * container of this `format` complains of is no damage: that is known from its packets.
 */
export function* toldFrames(log: string, format: string): Generator<ToldFrame> {
  let complained = false
  for (const line of log.split("\n")) {
    const [told, count, pts, key] = shownLine.exec(line) ?? []
    if (told !== undefined) {
      yield { count: Number(count), pts: Number(pts), key: key === "1", complained }
      complained = false
      continue
    }
    const complaint = complaintLine.exec(line)
    if (complaint && complaint[1] !== format) complained = true
  }
}
