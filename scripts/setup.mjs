// Sets up the workspace on a machine with only Node and npm. Does nothing if that has been done.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { environment, fail, root, windows } from "./programs.mjs"
import { progressLine } from "./progress-line.mjs"

const stamp = join(root, "node_modules", ".tubelet-setup")

/** Installs the locked dependencies, unless this lock file is already installed. */
export async function setUp() {
  const [major] = process.versions.node.split(".")
  if (Number(major) < 20) fail(`Node ${process.version} is too old`, "install Node 20 or newer")
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return

  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const end = progressLine("Installing dependencies")
  const { code, output } = await install(packageManager)
  end(code === 0 ? "done" : "failed")
  if (code !== 0) explain(output)
  writeFileSync(stamp, wanted)
}

/** Hashes contents, not dates: git gives every file a new date on checkout. */
function fingerprint() {
  const hash = createHash("sha256")
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) {
    hash.update(readFileSync(join(root, file)))
  }
  return hash.digest("hex")
}

/** npx fetches pnpm, which a fresh machine lacks. The output is shown only if this fails. */
function install(packageManager) {
  const pnpm = ["--reporter=append-only", "install", "--frozen-lockfile"]
  const child = spawn("npx", ["--yes", "--loglevel=error", packageManager, ...pnpm], {
    cwd: root,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: windows,
  })
  let output = ""
  const listen = (stream) => stream.setEncoding("utf8").on("data", (text) => (output += text))
  listen(child.stdout)
  listen(child.stderr)
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, output: error.message }))
    child.on("close", (code) => resolve({ code, output }))
  })
}

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|META_FETCH_FAIL/

function explain(output) {
  process.stderr.write(`${output.trim().split("\n").slice(-12).join("\n")}\n\n`)
  if (unreachable.test(output)) {
    const registry = process.env.npm_config_registry ?? "https://registry.npmjs.org/"
    fail(
      `cannot reach the npm registry ${registry}`,
      "check the network (behind a proxy: npm config set proxy URL) and run the command again",
    )
  }
  if (output.includes("OUTDATED_LOCKFILE")) {
    fail("pnpm-lock.yaml does not match the manifests", "run npx pnpm@10 install and commit it")
  }
  fail("cannot install the dependencies", "see the output of pnpm above")
}
