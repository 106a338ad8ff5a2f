import { DeviceLostError, TubeletError, UnreadErrors } from "@tubelet/core"

export const filters = ["validation", "out-of-memory", "internal"] as const

/** Dawn's and wgpu's messages for errors that follow from one already reported. */
const consequence = /is invalid due to a previous error|' label is invalid$/m

/**
 * Errors of the device, which are reported asynchronously. Errors of observed work belong to its
 * results and surface when those are read; all others surface at the next read of anything.
 * `synchronize` throws both kinds.
 */
export class DeviceErrors {
  #lost: DeviceLostError | undefined
  #uncaught: TubeletError[] = []
  readonly #unread = new UnreadErrors()
  readonly #pending = new Set<Promise<void>>()
  /** Settles when all observed work has been checked. */
  #checked: Promise<void> = Promise.resolve()

  /**
   * On an owned device, bottom-level error scopes catch errors of unobserved work. They report an
   * error before any later read; the device's `uncapturederror` event may not.
   */
  constructor(
    readonly device: GPUDevice,
    readonly owned: boolean,
  ) {
    device.addEventListener("uncapturederror", this.#onUncaptured)
    if (owned) this.#push()
    void device.lost.then(({ reason, message }) => {
      this.#lost = new DeviceLostError(
        `the GPU device was lost (${reason || "unknown"})${message && `: ${message}`}`,
        "resume from the last checkpoint with a new backend",
      )
    })
  }

  readonly #onUncaptured = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault()
    this.#record(event.error)
  }

  #record(error: GPUError): void {
    if (!consequence.test(error.message)) this.#uncaught.push(refused(error))
  }

  #push(): void {
    for (const filter of filters) this.device.pushErrorScope(filter)
  }

  /** Pops the innermost scopes and passes what they caught to `check`, in order. */
  #pop(check: (error: GPUError | undefined) => void): void {
    const found = Promise.all(filters.map(() => this.device.popErrorScope()))
    const before = this.#checked
    const checked = found.then(
      async (errors) => {
        await before
        check(errors.find((error) => error) ?? undefined)
      },
      () => {}, // The device is lost, which is reported elsewhere.
    )
    this.#checked = checked
    this.#pending.add(checked)
    void checked.then(() => this.#pending.delete(checked))
  }

  /**
   * Runs `work`. If the device later reports an error in it, the result of `explain` becomes the
   * error; otherwise `otherwise` is called, after all earlier work has been checked.
   */
  observe<T>(
    work: () => T,
    explain: (error: GPUError) => TubeletError,
    otherwise: () => void = () => {},
  ): T {
    this.#push()
    try {
      return work()
    } finally {
      this.#pop((error) => (error ? this.failed(explain(error)) : otherwise()))
    }
  }

  /** Also checks unobserved work: `settled` then covers everything submitted so far. */
  collect(): void {
    if (!this.owned) return
    this.#pop((error) => error && this.#record(error))
    this.#push()
  }

  /** Waits until all observed work has been checked. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** Records an error that will surface when a result is read. */
  failed(error: unknown): void {
    this.#unread.add(error)
  }

  /** Marks an error as reported. */
  read(error: unknown): void {
    this.#unread.read(error)
  }

  /** Whether the device is gone. */
  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** Throws if the device is lost. */
  requirePresent(): void {
    if (this.#lost) throw this.#lost
  }

  /** Throws the first unreported error; the others follow from it. */
  async surface(): Promise<void> {
    await this.settled()
    this.requirePresent()
    const [first] = this.#uncaught
    this.#uncaught = []
    if (first) throw first
  }

  /** `surface`, then throws the first unreported error. */
  async drain(): Promise<void> {
    await this.surface()
    this.#unread.throwFirst()
  }

  /**
   * Throws if the device is lost, for use after a rejection: a lost device rejects work before it
   * reports the loss, but reports it before it checks later work.
   */
  async requireNotLost(): Promise<void> {
    this.collect()
    this.observe(() => {}, refused)
    const checked = this.settled().then(() => new Promise((turn) => setTimeout(turn)))
    await Promise.race([this.device.lost, checked])
    this.requirePresent()
  }

  /** The underlying reason for an error. */
  async reasonOf(error: unknown): Promise<unknown> {
    try {
      await this.requireNotLost()
      await this.surface()
      return error
    } catch (reason) {
      return reason
    }
  }

  /** Stops listening: the device belongs to its owner. */
  close(): void {
    this.device.removeEventListener("uncapturederror", this.#onUncaptured)
  }
}

/** How messages name the kernel, or else the pass: Dawn's form, then wgpu's. */
const named = [
  /\[(?:Invalid )?(?:ComputePipeline|ShaderModule|BindGroup)(?:Descriptor)? "+([^"]+)"+\]/,
  /\[(?:ComputePass|Command)Encoder "([^"]+)"\]/,
  /(?:label =|Shader) [`'"]([^`'"]+)/,
]

/** The error for rejected work, with the kernel's name if the message contains it. */
export function refused(cause: Pick<Error, "message">, name = nameIn(cause.message)): TubeletError {
  return new TubeletError(
    `the GPU device rejected ${name ? `"${name}"` : "some work"}: ${cause.message.trim()}`,
    "this is a bug in Tubelet or the driver: report it with the output of npx tubelet doctor",
    { cause },
  )
}

const nameIn = (message: string): string | undefined =>
  named.map((words) => words.exec(message)?.[1]).find((found) => found)
