import { commands } from "./commands.js"
import { runProgram } from "./shell/program.js"

/** Runs `tubelet` with these arguments and returns its exit code. */
export const run = (argv: readonly string[]): Promise<number> => runProgram(commands, argv)
