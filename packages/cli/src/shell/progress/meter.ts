import { clearLine, cursorTo } from "node:readline"
import bars from "cli-progress"
import type { Output } from "../output.js"

/** Shows progress. */
export interface Meter {
  /** `fields` are what the format names in braces. */
  show(done: number, total: number, fields: Readonly<Record<string, string>>): void
  /** Prints a line above it. */
  note(line: string): void
  end(): void
}

/**
 * A bar on a terminal; elsewhere plain lines: the first and the last, and one every few seconds in
 * between. A format such as "{value}/{total} | {rate}" says what both show.
 */
export const meter = (output: Output, format: string): Meter =>
  output.terminal ? bar(output, output.terminal, format) : lines(output, format)

function bar(output: Output, stream: NodeJS.WriteStream, format: string): Meter {
  const line = new bars.SingleBar({
    ...{ stream, format: `{bar} ${format}`, formatBar: bars.Format.BarFormat, barsize: 20 },
    // A note erases the bar: redraw it even if nothing changed.
    ...{ hideCursor: true, gracefulExit: false, forceRedraw: true },
  })
  const stop = () => line.stop()
  let started = false
  return {
    show(done, total, fields) {
      if (!started) {
        line.start(total, done, fields)
        // Ctrl-C may end the process: restore the cursor.
        process.once("exit", stop)
      }
      started = true
      line.update(done, fields)
    },
    note(text) {
      clearLine(stream, 0)
      cursorTo(stream, 0)
      output.log(text)
    },
    end() {
      process.off("exit", stop)
      stop()
    },
  }
}

const secondsBetweenLines = 5

function lines(output: Output, format: string): Meter {
  let printed = Number.NEGATIVE_INFINITY
  return {
    show(done, total, fields) {
      const now = performance.now()
      if (done < total && now - printed < 1000 * secondsBetweenLines) return
      printed = now
      const values: Record<string, string> = { ...fields, value: `${done}`, total: `${total}` }
      output.log(format.replace(/\{(\w+)\}/g, (_, name) => values[name]))
    },
    note: (text) => output.log(text),
    end() {},
  }
}
