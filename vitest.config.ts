import { fileURLToPath } from "node:url"
import { playwright } from "@vitest/browser-playwright"
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config"
import { chromium, chromiumFlags } from "./scripts/chromium.mjs"
import { deno } from "./scripts/deno.mjs"
import { denoPool } from "./scripts/deno-pool/pool.mjs"
import { effort } from "./scripts/effort.mjs"
import { firefox } from "./scripts/firefox.mjs"
import { goldenSets } from "./scripts/golden-sets.mjs"
import { isolation } from "./scripts/isolation.mjs"
import { minified } from "./scripts/minified.mjs"
import { patience } from "./scripts/patience.mjs"
import { lavapipe, vulkan } from "./scripts/vulkan.mjs"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const inBrowser = "packages/*/test/browser/**/*.test.ts"
/** Tests in Node that need a GPU or a software driver. */
const onDevice = "packages/*/test/device/**/*.test.ts"
/** Long tests on a page's GPU, for which isolation makes no difference. */
const onDeviceInBrowser = [
  "packages/*/test/browser/device/**/*.test.ts",
  "packages/backend-webgpu/test/browser/**/*.test.ts",
]
/** Tests in Deno, whose WebGPU differs from Node's. */
const inDeno = "packages/*/test/deno/**/*.test.ts"
/** Device tests that apply to any WebGPU. */
const inDenoToo = [
  "packages/backend-webgpu/test/device/conformance.test.ts",
  "packages/cli/test/device/verify.test.ts",
]
/** Tests that open Firefox, which uses a different driver than Node. */
const inFirefox = ["packages/*/test/firefox/**/*.test.ts", "examples/*/firefox.test.ts"]
const sets = goldenSets()
const fewSets = Object.fromEntries(
  Object.entries(sets).filter(([name]) => /^(mae|videomae|videomaev2)-pretrain-/.test(name)),
)
const driver = vulkan()

const node: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "node",
    include: [
      "packages/*/test/**/*.test.ts",
      "examples/*/*.test.ts",
      "scripts/**/*.test.ts",
      "bench/test/*.test.ts",
      "evidence/test/*.test.ts",
    ],
    exclude: ["**/node_modules/**", inBrowser, inDeno, ...inFirefox, ...(driver ? [] : [onDevice])],
    env: driver,
    provide: { goldenSets: sets },
  },
}

const denoProject = (
  program: string,
  driver: Record<string, string>,
): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name: "deno",
    pool: denoPool(program),
    include: [inDeno, ...inDenoToo],
    env: driver,
    provide: { goldenSets: effort(fewSets, sets) },
  },
})

const firefoxProject = (driver: Record<string, string>): TestProjectInlineConfiguration => ({
  extends: true,
  test: { name: "firefox", include: inFirefox, env: driver, maxConcurrency: 20 },
})

const browser = (executablePath: string, isolated: boolean): TestProjectInlineConfiguration => ({
  extends: true,
  plugins: [minified()],
  server: {
    headers: isolated ? isolation : {},
    fs: { allow: [".", ...Object.values(sets).map(({ folder }) => folder)] },
  },
  // Bundling would separate its script from its .wasm file.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  test: {
    name: isolated ? "isolated page" : "page",
    include: [inBrowser],
    // Isolation only affects threads, not the GPU.
    exclude: isolated ? onDeviceInBrowser : [],
    provide: { isolated, goldenSets: sets },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath, args: chromiumFlags },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
})

const installed = chromium()
const denoProgram = deno()
const wgpuDriver = lavapipe()

/** Tests run on the sources, so an edit needs no build. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@tubelet\/(\w+)\/(\w+)$/, replacement: source("./packages/$1/src/$2/index.ts") },
      { find: /^@tubelet\/([\w-]+)$/, replacement: source("./packages/$1/src/index.ts") },
      { find: /^tubelet$/, replacement: source("./packages/cli/src/index.ts") },
    ],
  },
  test: {
    reporters: ["default", "./scripts/slowest-tests.mjs"],
    // These limits only end hangs: a busy machine must not fail a test.
    testTimeout: effort(patience, 4 * 3_600_000),
    hookTimeout: patience,
    expect: { poll: { timeout: patience } },
    maxWorkers: 2,
    projects: [
      node,
      ...(denoProgram && wgpuDriver ? [denoProject(denoProgram, wgpuDriver)] : []),
      ...(firefox() && wgpuDriver ? [firefoxProject(wgpuDriver)] : []),
      ...(installed ? [browser(installed, false), browser(installed, true)] : []),
    ],
  },
})

declare module "vitest" {
  export interface ProvidedContext {
    isolated: boolean
    goldenSets: ReturnType<typeof goldenSets>
  }
}
