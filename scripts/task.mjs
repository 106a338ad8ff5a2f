// The root scripts: node scripts/task.mjs NAME [ARGUMENTS]. Each is enough on a fresh machine.
import { run } from "./programs.mjs"
import { setUp } from "./setup.mjs"

const [name, ...rest] = process.argv.slice(2)

const node = (script, ...args) => run(process.execPath, [script, ...args])
/** Its words go to stderr: stdout belongs to what runs after it. */
const build = () => {
  const quietly = ["--filter=./packages/*", "--output-logs=errors-only"]
  run("turbo", ["run", "build", ...quietly], { stdio: ["ignore", 2, 2] })
}

const tasks = {
  build,
  test() {
    build()
    node("scripts/machine.mjs")
    run("vitest", ["run", ...rest])
  },
  "test:full"() {
    build()
    node("scripts/machine.mjs")
    run("vitest", ["run", ...rest], { variables: { TUBELET_FULL: "1" } })
  },
  fuzz() {
    run("vitest", ["run", "--project", "node", "fuzz.test", ...rest], {
      variables: { TUBELET_FULL: "1" },
    })
  },
  lint() {
    run("biome", ["check", "--error-on-warnings", ...rest])
    node("scripts/check-imports.mjs")
    node("scripts/check-width.mjs")
  },
  format: () => run("biome", ["check", "--write", ...rest]),
  typecheck: () => run("tsc", ["-p", "tsconfig.json", ...rest]),
  "check:packages"() {
    build()
    node("scripts/bundle-size.mjs")
    node("scripts/check-packages.mjs")
  },
  "docs:build": () => run("pnpm", ["--silent", "--dir", "docs", "run", "site"]),
  demo() {
    build()
    node("scripts/demo.mjs", ...rest)
  },
  "bench:data"() {
    build()
    node("bench/data.mjs", ...rest)
  },
  "bench:peers"() {
    build()
    node("bench/peers.mjs", ...rest)
  },
}

if (!tasks[name]) {
  process.stderr.write(
    `there is no task "${name}"\nchoose one of ${Object.keys(tasks).join(", ")}\n`,
  )
  process.exit(2)
}
await setUp()
tasks[name]()
