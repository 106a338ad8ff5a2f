import type { StepMetrics } from "../run/store.js"

/** The file in a run's folder with one row per epoch. */
export const epochsFile = "epochs.csv"

interface Epoch {
  steps: number
  /** Summed over steps. */
  loss: number
  seconds: number
  /** Of the last step. */
  lr: number
  /** Of the last evaluation. */
  scores: Readonly<Record<string, number>>
}

/** epochs.csv, derived from metrics.jsonl, so that a resumed run writes the same rows. */
export class EpochTable {
  readonly #epochs = new Map<number, Epoch>()
  #step = 0

  /** Adds a step; called again once the step has scores. */
  add({ step, epoch, loss, lr, seconds, scores }: StepMetrics): void {
    const before = this.#epochs.get(epoch) ?? { steps: 0, loss: 0, seconds: 0, lr, scores: {} }
    const row = { ...before, scores: scores ?? before.scores }
    if (step !== this.#step) {
      row.steps++
      row.loss += loss
      row.seconds += seconds
      row.lr = lr
    }
    this.#step = step
    this.#epochs.set(epoch, row)
  }

  /** The table; the epoch of the last row may be incomplete. */
  text(): string {
    const scored = new Set([...this.#epochs.values()].flatMap(({ scores }) => Object.keys(scores)))
    scored.delete("skipped") // A count of clips, not a score.
    const names = Array.from(scored, (name) => (name === "loss" ? "val_loss" : name))
    const rows = Array.from(this.#epochs, ([epoch, { steps, loss, lr, seconds, scores }]) => [
      ...[epoch, loss / steps],
      ...Array.from(scored, (name) => scores[name]),
      ...[lr, Number(seconds.toFixed(3))],
    ])
    const header = ["epoch", "train_loss", ...names, "lr", "seconds"]
    return [header, ...rows.map((row) => row.map(cell))].map((row) => `${row.join(",")}\n`).join("")
  }
}

/** Empty if the number is not known: no clip was scored, or an older version did not log it. */
const cell = (value: number | null | undefined): string =>
  typeof value === "number" && !Number.isNaN(value) ? String(value) : ""
