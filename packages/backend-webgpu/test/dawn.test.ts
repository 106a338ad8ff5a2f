import { expect, test } from "vitest"
import { dawn } from "../src/device/dawn.js"

const failing = (error: Error) => () => Promise.reject(error)

test("Node without the `webgpu` package is told to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })
  await expect(dawn(failing(missing))).rejects.toThrow("is not installed\nnpm install webgpu")
  const broken = new Error("no dawn.node for this platform")
  await expect(dawn(failing(broken))).rejects.toThrow(
    "cannot load the `webgpu` package: no dawn.node",
  )
})
