import type { HubProgress } from "@tubelet/checkpoint"
import type { Output } from "../output.js"
import { meter } from "./meter.js"
import { pace } from "./pace.js"

export interface DownloadLine {
  update(progress: HubProgress): void
  end(): void
}

/** The progress of downloads, one file after the other. */
export function downloadLine(output: Output): DownloadLine {
  let current: { readonly file: string; readonly line: DownloadLine } | undefined
  return {
    update(progress) {
      const { file } = progress
      if (current?.file !== file) {
        current?.line.end()
        current = { file, line: fileLine(output) }
      }
      current.line.update(progress)
    },
    end: () => current?.line.end(),
  }
}

function fileLine(output: Output): DownloadLine {
  const line = meter(output, "{file} {received} of {size} MB | {rate} | ETA {left}")
  const paceAt = pace()
  return {
    update({ file, receivedBytes, totalBytes }) {
      const { rate, left } = paceAt(receivedBytes, totalBytes)
      line.show(receivedBytes, totalBytes, {
        ...{ file, received: megabytes(receivedBytes), size: megabytes(totalBytes) },
        ...{ rate: Number.isNaN(rate) ? "-" : `${megabytes(rate)} MB/s`, left },
      })
    },
    end: line.end,
  }
}

/** One place: `0.1`, `412.3`; what is smaller, such as a config, `0.0012`. */
const megabytes = (bytes: number): string =>
  bytes < 1e5 ? `${Number((bytes / 1e6).toPrecision(2))}` : (bytes / 1e6).toFixed(1)
