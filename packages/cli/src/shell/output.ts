/** A command's output. With --json, stdout gets only JSON and everything else goes to stderr. */
export interface Output {
  readonly asJson: boolean
  /** A line of the result. */
  print(line: string): void
  /** A line that is not a result: progress, notices, errors. */
  log(line: string): void
  /** The result as JSON; printed only with --json. */
  json(value: unknown): void
  /** A terminal for a progress bar, if there is one. */
  readonly terminal: NodeJS.WriteStream | undefined
}

/** The streams that a command writes to. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

export function outputTo({ stdout, stderr }: Streams, asJson: boolean): Output {
  const log = (line: string) => void stderr.write(`${line}\n`)
  const terminal = stderr as NodeJS.WriteStream
  return {
    asJson,
    log,
    print: asJson ? log : (line) => void stdout.write(`${line}\n`),
    json(value) {
      if (asJson) stdout.write(`${JSON.stringify(value)}\n`)
    },
    terminal: terminal.isTTY ? terminal : undefined,
  }
}
