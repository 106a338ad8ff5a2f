import type { Alternatives } from "@tubelet/train"
import type { Flags, FlagValues } from "./flag.js"
import type { Headings } from "./headings.js"
import type { Output } from "./output.js"

/** What every command gets besides its flags. */
export interface CommandContext {
  readonly output: Output
  /** Aborted with an `Interruption` when a command with `onStop` has to end. */
  readonly signal: AbortSignal
}

/** One command: its help, its flags and what it does. Returns the exit code. */
export interface Command {
  /** One or two words, such as `bench data`. */
  readonly name: string
  readonly summary: string
  /**
   * Operands, as `input: a video`. The last name may end in `...` for several, or in `?` if it is
   * optional.
   */
  readonly operands: readonly string[]
  readonly flags: Flags
  /** The headings of its flags in the help, where there are many. */
  readonly headings?: Headings
  /** Flags that set one thing in several ways: typed ones replace those of a config file. */
  readonly alternatives?: readonly Alternatives[]
  /** Renames the fields of config files of older versions. */
  readonly migrate?: (config: Record<string, unknown>) => Record<string, unknown>
  /** Further help, before the example. */
  readonly details?: string
  /** A command line that works. */
  readonly example: string
  /** Printed at an interruption, by a command that ends gracefully; others end at once. */
  readonly onStop?: string
  run(operands: readonly string[], values: object, context: CommandContext): Promise<number>
}

/** Defines a command whose `run` knows the types of its flags. */
export const defineCommand = <F extends Flags>(
  command: Omit<Command, "run" | "flags" | "operands"> & {
    readonly operands?: readonly string[]
    readonly flags: F
    run(
      operands: readonly string[],
      values: FlagValues<F>,
      context: CommandContext,
    ): Promise<number>
  },
): Command => ({ operands: [], ...command }) as Command
