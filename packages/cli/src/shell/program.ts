import { Command as Commander, CommanderError, Option } from "commander"
import { version } from "../version.js"
import type { Command } from "./command.js"
import { readConfigFile, readFields } from "./config-file.js"
import { described, helpAdvice, printError } from "./errors.js"
import type { Flags } from "./flag.js"
import { flagName } from "./flag-name.js"
import { byHeading } from "./headings.js"
import { interruptible } from "./interrupt.js"
import { layered } from "./layers.js"
import { outputTo, type Streams } from "./output.js"
import { typed } from "./typed.js"

const summary = () => `Masked autoencoders on images and video: MAE, VideoMAE, VideoMAE V2.

They learn from unlabelled clips by reconstructing what is masked:
  $ ${typed("tubelet pretrain --data clips --out runs/first --steps 200 --batch 2")}
  $ ${typed("tubelet reconstruct clips/street-01.mp4 --checkpoint runs/first")}

${typed("tubelet COMMAND --help")} explains a command, with an example.`

/** Runs one command line and returns its exit code. */
export async function runProgram(
  commands: readonly Command[],
  argv: readonly string[],
  streams: Streams = process,
): Promise<number> {
  const run: Ran = { code: 0, flags: {} }
  const program = build(commands, streams, run)
  try {
    await program.parseAsync([...argv], { from: "user" })
    return run.code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const { log, json } = outputTo(streams, argv.includes("--json"))
    if (error instanceof CommanderError) {
      // Commander has printed it.
      json({ error: { message: error.message.replace(/^error: /, ""), advice: helpAdvice() } })
      return 2
    }
    const { flags } = run
    json({ error: described(error, flags) })
    return printError(error, { log, debug: argv.includes("--debug"), flags })
  }
}

/** The command that runs, by its flags, and the exit code that it returned. */
interface Ran {
  code: number
  flags: Flags
}

function build(commands: readonly Command[], { stdout, stderr }: Streams, run: Ran): Commander {
  const program = new Commander("tubelet")
    .description(summary())
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .configureHelp({ subcommandTerm: termOf })
    .showHelpAfterError(`see ${typed("tubelet --help")}, or run a command with --help`)
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
  for (const command of commands) {
    const words = command.name.split(" ")
    const parent = words.length > 1 ? group(program, words[0]) : program
    addCommand(parent, words.at(-1)!, command, { stdout, stderr }, run)
  }
  return program
}

/** A command with its operands; all of them take options. */
const termOf = (command: Commander): string =>
  [
    command.name(),
    ...command.registeredArguments.map((a) => (a.required ? `<${a.name()}>` : `[${a.name()}]`)),
  ].join(" ")

/** The command `bench` of `bench step` and `bench data`. */
const group = (program: Commander, name: string): Commander =>
  program.commands.find((c) => c.name() === name) ??
  program
    .command(name)
    .description("time training steps, or the decoding of clips")
    .helpCommand(false)
    .copyInheritedSettings(program)

function addCommand(
  parent: Commander,
  word: string,
  command: Command,
  streams: Streams,
  run: Ran,
): void {
  const made = parent.command(word).description(command.summary)
  for (const operand of command.operands) {
    const [, name, what] = /^(\S+): (.+)$/.exec(operand)!
    made.argument(name.endsWith("?") ? `[${name.slice(0, -1)}]` : `<${name}>`, what)
  }
  for (const [i, [heading, flags]] of byHeading(command.flags, command.headings).entries()) {
    made.optionsGroup(`${heading}${i === 0 ? " (defaults in parentheses)" : ""}:`)
    for (const [field, { help, placeholder }] of Object.entries(flags)) {
      const value = placeholder ? ` <${placeholder}>` : ""
      made.addOption(new Option(`${flagName(field)}${value}`, help))
    }
  }
  if (command.headings) made.configureHelp({ formatItemList: dense })
  made
    .optionsGroup(common)
    .option("--config <FILE>", "options from a .json or .ts file")
    .option("--json", "print only JSON to stdout")
    .option("--debug", "print stack traces")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", command.details ? `\n${command.details}` : "")
    .addHelpText("after", `\nExample:\n  $ ${typed(command.example)}`)
    .action(async (...given: unknown[]) => {
      run.flags = command.flags
      const operands = given.slice(0, command.operands.length).flat() as string[]
      run.code = await execute(command, { operands, options: made.opts() }, streams)
    })
}

const common = "Common options:"

/** A group of options in a long help: no empty line follows it, but for the last one. */
const dense = (heading: string, items: string[]): string[] =>
  items.length === 0 ? [] : [heading, ...items, ...(heading === common ? [""] : [])]

interface Typed {
  readonly operands: readonly string[]
  /** Flags as texts, common ones included. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Runs a command with what was typed, over its config file. Returns the exit code. */
async function execute(
  command: Command,
  { operands, options: { config, json, debug: _, ...options } }: Typed,
  streams: Streams,
): Promise<number> {
  const file = typeof config === "string" ? await configOf(command, config) : {}
  const flags = Object.entries(options).map(([field, value]) => [
    field,
    command.flags[field].read(value, flagName(field)),
  ])
  const layers = [
    { where: `in ${config}`, values: file },
    { where: "on the command line", values: Object.fromEntries(flags) },
  ]
  const values = layered(layers, command.alternatives ?? [])
  const output = outputTo(streams, json === true)
  const { onStop } = command
  const ends = { streams, output, ...(onStop !== undefined && { onStop }) }
  return interruptible(ends, (signal) => command.run(operands, values, { output, signal }))
}

/** The fields of a command's config file. */
async function configOf({ flags, migrate }: Command, path: string) {
  const config = await readConfigFile(path)
  return readFields(migrate ? migrate(config) : config, flags, path)
}
