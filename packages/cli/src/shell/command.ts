import type { Alternatives } from "@tubelet/train"
import type { Flag, FlagValues } from "./flag.js"

import type { Output } from "./output.js"

type Flags = Readonly<Record<string, Flag>>

/** What every command may be given beside its own flags. */
export interface CommandContext {
  readonly output: Output
  /** Aborted, by an `Interruption`, where a command that says `onStop` is to end. */
  readonly signal: AbortSignal
}

/** One command: its help, its flags and what it does. Gives the exit code. */
export interface Command {
  /** One or two words, such as `bench data`. */
  readonly name: string
  readonly summary: string
  /**
   * What stands behind the command, as `input: a video`; the last name may end in `...`,
   * or in `?` where it may be left out.
   */
  readonly operands: readonly string[]
  readonly flags: Flags
  /** Flags that say one thing in several ways: those typed replace those of a config file. */
  readonly alternatives?: readonly Alternatives[]
  /** Renames a config file's fields that older versions named otherwise. */
  readonly migrate?: (config: Record<string, unknown>) => Record<string, unknown>
  /** What else the help says, before the example. */
  readonly details?: string
  /** A line that works. */
  readonly example: string
  /** What is said at an interruption, by a command that then ends by itself; others end at once. */
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
