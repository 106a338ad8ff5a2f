import { DeviceLostError, TubeletError, UnreadErrors } from "@tubelet/core"

export const filters = ["validation", "out-of-memory", "internal"] as const

/** Dawn's and wgpu's words for an error of which the cause was told before. */
const consequence = /is invalid due to a previous error|' label is invalid$/m

/**
 * What goes wrong on the device, told later and elsewhere than where it was caused. Errors of
 * observed work belong to its results and surface where those are read; the others surface at the
 * next read, whatever it reads. `synchronize` throws either.
 */
export class DeviceErrors {
  #lost: DeviceLostError | undefined
  #uncaught: TubeletError[] = []
  readonly #unread = new UnreadErrors()
  readonly #pending = new Set<Promise<void>>()
  /** The last work that was observed. */
  #judged: Promise<void> = Promise.resolve()

  /**
   * Where the device is `ours`, scopes below all others catch what is not observed: they tell an
   * error before a read that comes after it, which the device's event need not.
   */
  constructor(
    readonly device: GPUDevice,
    readonly ours: boolean,
  ) {
    device.addEventListener("uncapturederror", this.#hear)
    if (ours) this.#push()
    void device.lost.then(({ reason, message }) => {
      this.#lost = new DeviceLostError(
        `the GPU device was lost (${reason || "unknown"})${message && `: ${message}`}`,
        "what was saved is whole: make another backend and go on from the last checkpoint",
      )
    })
  }

  readonly #hear = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault()
    this.#note(event.error)
  }

  #note(error: GPUError): void {
    if (!consequence.test(error.message)) this.#uncaught.push(refused(error))
  }

  #push(): void {
    for (const filter of filters) this.device.pushErrorScope(filter)
  }

  /** Ends the scopes that were pushed last; `judge` hears what they caught, in their order. */
  #pop(judge: (error: GPUError | undefined) => void): void {
    const found = Promise.all(filters.map(() => this.device.popErrorScope()))
    const before = this.#judged
    const noted = found.then(
      async (errors) => {
        await before
        judge(errors.find((error) => error) ?? undefined)
      },
      () => {}, // The device is lost, which is told elsewhere.
    )
    this.#judged = noted
    this.#pending.add(noted)
    void noted.then(() => this.#pending.delete(noted))
  }

  /**
   * Does `work`; an error that the device finds in it later becomes what `explain` makes of it.
   * Where it finds none, `otherwise` is called: all work before has been judged by then.
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

  /** Has unobserved work judged, too: `settled` then waits for all there was until now. */
  collect(): void {
    if (!this.ours) return
    this.#pop((error) => error && this.#note(error))
    this.#push()
  }

  /** Waits until all observed work has been judged. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** Notes an error that will surface where a result is read. */
  failed(error: unknown): void {
    this.#unread.add(error)
  }

  /** Somebody has seen the error. */
  read(error: unknown): void {
    this.#unread.read(error)
  }

  /** Whether the device is gone. */
  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** Throws when the device is lost. */
  requirePresent(): void {
    if (this.#lost) throw this.#lost
  }

  /** Throws what nobody was told of yet: the first, for the others follow from it. */
  async surface(): Promise<void> {
    await this.settled()
    this.requirePresent()
    const [first] = this.#uncaught
    this.#uncaught = []
    if (first) throw first
  }

  /** `surface`, then the first error that nobody has read. */
  async drain(): Promise<void> {
    await this.surface()
    this.#unread.throwFirst()
  }

  /**
   * Throws when the device is lost, after work that it refused: it refuses before it says so, but
   * says so before it judges anything later.
   */
  async requireStill(): Promise<void> {
    this.collect()
    this.observe(() => {}, refused)
    const judged = this.settled().then(() => new Promise((turn) => setTimeout(turn)))
    await Promise.race([this.device.lost, judged])
    this.requirePresent()
  }

  /** Why work was refused. */
  async reasonOf(error: unknown): Promise<unknown> {
    try {
      await this.requireStill()
      await this.surface()
      return error
    } catch (reason) {
      return reason
    }
  }

  /** Hears no more: the device is its owner's. */
  close(): void {
    this.device.removeEventListener("uncapturederror", this.#hear)
  }
}

/** Where a message names the kernel, or else the pass: Dawn's way, then wgpu's. */
const named = [
  /\[(?:Invalid )?(?:ComputePipeline|ShaderModule|BindGroup)(?:Descriptor)? "+([^"]+)"+\]/,
  /\[(?:ComputePass|Command)Encoder "([^"]+)"\]/,
  /(?:label =|Shader) [`'"]([^`'"]+)/,
]

/** An error of work that the device did not do, with its kernel's name: where the words have it. */
export function refused(cause: Pick<Error, "message">, name = nameIn(cause.message)): TubeletError {
  return new TubeletError(
    `the GPU device refused ${name ? `"${name}"` : "some work"}: ${cause.message.trim()}`,
    "this is a defect of Tubelet or of the driver: report it with what npx tubelet doctor prints",
    { cause },
  )
}

const nameIn = (message: string): string | undefined =>
  named.map((words) => words.exec(message)?.[1]).find((found) => found)
