// The root scripts: node scripts/task.mjs NAME [ARGUMENTS]. Each is enough on a fresh machine.
import { run, setUp } from "./setup.mjs"

const [name, ...rest] = process.argv.slice(2)

const build = () => run("turbo", ["run", "build", "--output-logs=errors-only", "--log-order=grouped"])
const node = (script, ...args) => run(process.execPath, [script, ...args])

const tasks = {
  build,
  test() {
    build()
    node("scripts/machine.mjs")
    run("vitest", ["run", ...rest])
  },
  "test:full"() {
    build()
    run("vitest", ["run", ...rest], { env: { ...process.env, TUBELET_FULL: "1" } })
  },
  lint() {
    run("biome", ["check", "--error-on-warnings", "."])
    node("scripts/check-imports.mjs")
  },
  format: () => run("biome", ["check", "--write", "."]),
  typecheck: () => node("scripts/typecheck.mjs"),
  "check:packages"() {
    build()
    node("scripts/check-packages.mjs")
  },
  "docs:build"() {
    node("scripts/build-docs.mjs")
  },
  demo() {
    build()
    node("scripts/demo.mjs", ...rest)
  },
  "bench:peers"() {
    build()
    node("bench/peers.mjs", ...rest)
  },
}

if (!tasks[name]) {
  process.stderr.write(`there is no task "${name}"\nchoose one of ${Object.keys(tasks).join(", ")}\n`)
  process.exit(2)
}
setUp()
tasks[name]()
