/** A frame as logged by ffmpeg's showinfo filter. */
export interface LoggedFrame {
  /** Its number, from 0. */
  readonly count: number
  /** In ticks of the stream's time base; NaN without a timestamp. */
  readonly pts: number
  readonly key: boolean
  /** Whether ffmpeg logged an error since the previous frame. */
  readonly hasError: boolean
}

// Only at the start of a line: the log also has the file's title, which may say anything.
// `pts_time` does not help: it is rounded to six digits.
const frameLine = /^\[Parsed_showinfo_\d+ @ [^\]]*\] \[info\] n: *(\d+) +pts: *(\S+) .*? iskey:(\d)/
const errorLine = /^(?:\[([^@\]]+) @ \w+\] )?(?:\[[^@\]]+ @ \w+\] )?\[error\]/

/**
 * The frames in a log at `-loglevel level+info`, in decoding order. Errors of the demuxer of
 * `format` do not count as damage, which its packets show.
 */
export function* loggedFrames(log: string, format: string): Generator<LoggedFrame> {
  let hasError = false
  for (const line of log.split("\n")) {
    const [frame, count, pts, key] = frameLine.exec(line) ?? []
    if (frame !== undefined) {
      yield { count: Number(count), pts: Number(pts), key: key === "1", hasError }
      hasError = false
      continue
    }
    const error = errorLine.exec(line)
    if (error && error[1] !== format) hasError = true
  }
}
