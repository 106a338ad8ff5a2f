import { webgpuBackend } from "../../src/index.js"
import { describeHandles } from "../support/handles.js"

describeHandles(() => webgpuBackend())
