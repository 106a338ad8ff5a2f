import { webgpuBackend } from "../../src/browser.js"
import { describeHandles } from "../support/handles.js"

describeHandles(() => webgpuBackend())
