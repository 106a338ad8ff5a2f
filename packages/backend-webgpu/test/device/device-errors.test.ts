import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"
import { describeDeviceErrors } from "../support/device-errors.js"

describeDeviceErrors(async () => (await webgpuBackend()) as WebGpuBackend)
