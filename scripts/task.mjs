// The root scripts: node scripts/task.mjs NAME [ARGUMENTS]. Each works on a fresh machine.
import { run } from "./programs.mjs"
import { setUp } from "./setup.mjs"

const [name, ...rest] = process.argv.slice(2)

const node = (script, ...args) => run(process.execPath, [script, ...args])
/** The output goes to stderr, because stdout belongs to the program that runs next. */
const build = () => {
  const quietly = ["--filter=./packages/*", "--output-logs=errors-only"]
  return run("turbo", ["run", "build", ...quietly], { stdio: ["ignore", 2, 2] })
}

const tasks = {
  build,
  async test() {
    await build()
    await node("scripts/machine.mjs")
    await run("vitest", ["run", ...rest])
  },
  async "test:full"() {
    await build()
    await node("scripts/machine.mjs")
    await run("vitest", ["run", ...rest], { variables: { TUBELET_FULL: "1" } })
  },
  /** --minutes N: the time limit per parser (20). */
  async fuzz() {
    const at = rest.indexOf("--minutes")
    const [, minutes = "20"] = at < 0 ? [] : rest.splice(at, 2)
    await run("vitest", ["run", "--project", "node", "fuzz.test", ...rest], {
      variables: { TUBELET_FULL: "1", TUBELET_FUZZ_MINUTES: minutes },
    })
  },
  async lint() {
    await run("biome", ["check", "--error-on-warnings", ...rest])
    await node("scripts/check-imports.mjs")
    await node("scripts/check-circles.mjs")
    await node("scripts/check-width.mjs")
  },
  format: () => run("biome", ["check", "--write", ...rest]),
  typecheck: () => run("tsc", ["-p", "tsconfig.json", ...rest]),
  async "check:packages"() {
    await build()
    await node("scripts/bundle-size.mjs")
    await node("scripts/check-packages.mjs")
  },
  "docs:build": () => run("pnpm", ["--silent", "--dir", "docs", "run", "site"]),
  async demo() {
    await build()
    await node("scripts/demo.mjs", ...rest)
  },
  async "bench:data"() {
    await build()
    await node("bench/data.mjs", ...rest)
  },
  async "bench:prepared"() {
    await build()
    await node("bench/prepared.mjs", ...rest)
  },
  async "bench:peers"() {
    await build()
    await node("bench/peers.mjs", ...rest)
  },
  async evidence() {
    await build()
    await node("evidence/main.mjs", ...rest)
  },
}

if (!tasks[name]) {
  process.stderr.write(
    `there is no task "${name}"\nchoose one of ${Object.keys(tasks).join(", ")}\n`,
  )
  process.exit(2)
}
await setUp()
await tasks[name]()
