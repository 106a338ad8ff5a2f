// Downloads the peers to .cache/bench, once. A peer that is unavailable comes with the reason.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root, windows } from "../scripts/programs.mjs"
import { output } from "./process.mjs"

const cache = join(root, ".cache", "bench")
const torchVersion = "2.13.0"

/** Returns `{ program, folder }` to start peers with, or `{ reason }` if they are left out. */
const attempt = async (setUp, say) => {
  try {
    return await setUp(say)
  } catch (error) {
    return { reason: error.message }
  }
}

/** Installs what the named peers need. */
export async function setUpPeers(names, say) {
  mkdirSync(cache, { recursive: true })
  const needsNode = names.some((name) => name !== "torch")
  return {
    torch: names.includes("torch") ? await attempt(setUpTorch, say) : undefined,
    node: needsNode ? await attempt(setUpNode, say) : undefined,
  }
}

/** Python with PyTorch: TUBELET_TORCH_PYTHON, or a new environment. */
async function setUpTorch(say) {
  const folder = join(root, "bench", "peers", "torch")
  const given = process.env.TUBELET_TORCH_PYTHON
  if (given) {
    await requireTorch(given)
    return { program: given, folder }
  }
  const environment = join(cache, "python")
  const program = join(environment, windows ? "Scripts/python.exe" : "bin/python")
  if (!(await hasTorch(program))) {
    say(`installing PyTorch ${torchVersion} for the CPU into .cache/bench (about 200 MB) ...`)
    await output(windows ? "python" : "python3", ["-m", "venv", environment])
    await output(program, ["-m", "pip", "install", "--quiet", ...torchPackage()])
    await requireTorch(program)
  }
  return { program, folder }
}

/** PyPI's Linux wheel includes gigabytes of CUDA; the CPU wheel has a separate index. */
const torchPackage = () =>
  process.platform === "linux"
    ? [`torch==${torchVersion}+cpu`, "--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    : [`torch==${torchVersion}`]

const pyavVersion = "18.1.0"

/** Python with PyAV: TUBELET_PYAV_PYTHON, or a new environment. */
export const setUpPyav = (say) =>
  attempt(async () => {
    const folder = join(root, "bench", "peers", "pyav")
    const given = process.env.TUBELET_PYAV_PYTHON
    const environment = join(cache, "pyav")
    const program = given ?? join(environment, windows ? "Scripts/python.exe" : "bin/python")
    const isThere = () => output(program, ["-c", "import av, numpy"])
    if (!given && !existsSync(program)) {
      say(`installing PyAV ${pyavVersion} into .cache/bench (about 60 MB) ...`)
      await output(windows ? "python" : "python3", ["-m", "venv", environment])
      const packages = [`av==${pyavVersion}`, "numpy"]
      await output(program, ["-m", "pip", "install", "--quiet", ...packages])
    }
    await isThere()
    return { program, folder }
  }, say)

async function requireTorch(python) {
  const version = (await output(python, ["-c", "import torch; print(torch.__version__)"])).trim()
  if (version.split("+")[0] === torchVersion) return
  throw new Error(`${python} has PyTorch ${version}; ${torchVersion} is the one to beat`)
}

const hasTorch = (python) =>
  requireTorch(python).then(
    () => true,
    () => false,
  )

/** jax-js and TensorFlow.js, at the versions pinned in their manifest, next to their scripts. */
async function setUpNode(say) {
  const source = join(root, "bench", "peers", "node")
  const folder = join(cache, "node")
  const manifest = (at) => readFileSync(join(at, "package.json"), "utf8")
  const installed =
    existsSync(join(folder, "node_modules", ".package-lock.json")) &&
    manifest(folder) === manifest(source)
  cpSync(source, folder, { recursive: true })
  if (!installed) {
    say("installing jax-js and TensorFlow.js into .cache/bench ...")
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    await output(windows ? "npm.cmd" : "npm", ["install", "--ignore-scripts", ...quiet], {
      cwd: folder,
    })
  }
  return { program: process.execPath, folder }
}
