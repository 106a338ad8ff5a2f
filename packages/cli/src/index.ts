import { commands } from "./commands.js"
import { runProgram } from "./shell/program.js"

/** Runs the command `tubelet` with these arguments and gives its exit code. */
export const run = (argv: readonly string[]): Promise<number> => runProgram(commands, argv)
