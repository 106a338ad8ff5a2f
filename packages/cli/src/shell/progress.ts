import type { HubProgress } from "@tubelet/checkpoint"
import bars from "cli-progress"
import { duration } from "./duration.js"
import type { Output } from "./output.js"

/** What a progress line shows. */
export interface Progress {
  readonly step: number
  readonly loss: number
  readonly samplesPerSecond: number
  readonly dataSeconds: number
}

export interface ProgressLine {
  update(progress: Progress): void
  /** A line beside the bar. */
  note(line: string): void
  end(): void
}

const secondsBetweenLines = 5

/** A bar on a terminal, elsewhere a plain line every few seconds. `from` steps were done before. */
export const progressLine = (output: Output, from: number, steps: number): ProgressLine =>
  output.terminal ? bar(output, output.terminal, from, steps) : plainLines(output, from, steps)

function bar(
  output: Output,
  stream: NodeJS.WriteStream,
  from: number,
  steps: number,
): ProgressLine {
  const left = remaining(from, steps)
  const line = new bars.SingleBar({
    stream,
    format: "{bar} {value}/{total} | loss {loss} | {rate} | data wait {wait} | ETA {left}",
    barsize: 20,
    hideCursor: true,
    formatBar: bars.Format.BarFormat,
    gracefulExit: false,
  })
  line.start(steps, from, { loss: "-", rate: "-", wait: "-", left: "-" })
  return {
    update: (p) => line.update(p.step, { ...fields(p), left: left(p.step) }),
    note(text) {
      stream.clearLine(0)
      stream.cursorTo(0)
      output.log(text)
      line.updateETA()
    },
    end: () => line.stop(),
  }
}

function plainLines(output: Output, from: number, steps: number): ProgressLine {
  const left = remaining(from, steps)
  let printed = 0
  return {
    update(p) {
      const last = p.step === steps
      if (!last && performance.now() - printed < 1000 * secondsBetweenLines) return
      printed = performance.now()
      const { loss, rate, wait } = fields(p)
      const eta = `ETA ${left(p.step)}`
      output.log(`step ${p.step}/${steps} | loss ${loss} | ${rate} | data wait ${wait} | ${eta}`)
    },
    note: (text) => output.log(text),
    end() {},
  }
}

export interface CountLine {
  update(done: number, total: number): void
  note(line: string): void
  end(): void
}

/** Things done of so many, with their rate; those done at the first update cost no time. */
export function countLine(output: Output, unit: string): CountLine {
  const began = performance.now()
  let first: number | undefined
  const stream = output.terminal
  const bar =
    stream &&
    new bars.SingleBar({
      stream,
      format: "{bar} {value}/{total} | {rate} | ETA {left}",
      ...{ barsize: 20, hideCursor: true, gracefulExit: false },
      formatBar: bars.Format.BarFormat,
    })
  let printed = performance.now()
  const fieldsOf = (done: number, total: number) => {
    const rate = (done - first!) / ((performance.now() - began) / 1000)
    const left = rate > 0 ? duration((total - done) / rate) : "-"
    return { rate: `${rate.toPrecision(3)} ${unit}`, left }
  }
  return {
    update(done, total) {
      if (first === undefined) bar?.start(total, done, { rate: "-", left: "-" })
      first ??= done
      const { rate, left } = fieldsOf(done, total)
      if (bar) return bar.update(done, { rate, left })
      if (performance.now() - printed < 1000 * secondsBetweenLines) return
      printed = performance.now()
      output.log(`${done}/${total} | ${rate} | ETA ${left}`)
    },
    note(text) {
      stream?.clearLine(0)
      stream?.cursorTo(0)
      output.log(text)
    },
    end: () => bar?.stop(),
  }
}

/** A plain line every few seconds for files on their way from the hub. */
export function downloadLines(output: Output): (progress: HubProgress) => void {
  const began = new Map<string, { at: number; bytes: number; printed: number }>()
  return ({ file, receivedBytes, totalBytes }) => {
    const now = performance.now()
    const start = began.get(file) ?? {
      at: now,
      bytes: receivedBytes,
      printed: Number.NEGATIVE_INFINITY,
    }
    began.set(file, start)
    const done = receivedBytes === totalBytes
    if (!done && now - start.printed < 1000 * secondsBetweenLines) return
    start.printed = now
    const rate = (receivedBytes - start.bytes) / ((now - start.at) / 1000)
    const left = rate > 0 ? duration((totalBytes - receivedBytes) / rate) : "-"
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
    const speed = rate > 0 ? `${megabytes(rate)} MB/s` : "-"
    output.log(
      `${file} ${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB | ${speed} | ETA ${left}`,
    )
  }
}

const fields = ({ loss, samplesPerSecond, dataSeconds }: Progress) => ({
  loss: loss.toFixed(4),
  rate: `${samplesPerSecond.toPrecision(3)} clips/s`,
  wait: `${dataSeconds.toFixed(2)} s`,
})

/** The time that is left, by the mean of the steps after the first, which is slower. */
function remaining(from: number, steps: number): (step: number) => string {
  const began = performance.now()
  return (step) => {
    const timed = step - from - 1
    if (timed < 1) return step === steps ? duration(0) : "-"
    const each = (performance.now() - began) / 1000 / timed
    return duration(each * (steps - step))
  }
}
