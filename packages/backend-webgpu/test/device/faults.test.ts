import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"
import { describeFaults } from "../support/faults.js"

describeFaults(async () => (await webgpuBackend()) as WebGpuBackend)
