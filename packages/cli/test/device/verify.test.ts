import { webgpuBackend } from "@tubelet/backend-webgpu"
import { setFolder } from "../../src/verify/folder.js"
import { describeGoldenSets, goldenSets } from "../support/golden-sets.js"

describeGoldenSets("webgpu", webgpuBackend, (set) => setFolder(`${goldenSets.folder}/${set}`))
