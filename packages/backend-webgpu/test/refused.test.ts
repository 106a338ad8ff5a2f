import { expect, test } from "vitest"
import { refused } from "../src/device/errors.js"

const messages = {
  "a module of Dawn":
    "Error while parsing WGSL: :1:1\n - While calling [Device].CreateShaderModule(" +
    '[ShaderModuleDescriptor ""gelu 4x8""]).',
  "a bind group of Dawn":
    "binding index 1 not present\n - While validating " +
    '[BindGroupDescriptor ""gelu 4x8""] against [BindGroupLayout (unlabeled)]',
  "a pipeline in a pass":
    'limits\n - While encoding [ComputePassEncoder "step"].' +
    'SetPipeline([Invalid ComputePipeline "gelu 4x8"]).',
  "a module of wgpu": "Shader 'gelu 4x8' parsing error: expected global item\n  at wgsl:1:1",
  "a pass of wgpu": "In a ComputePass\n  In a set_pipeline command, label = `gelu 4x8`",
}

for (const [what, message] of Object.entries(messages)) {
  test(`the kernel's name is found in a message about ${what}`, () => {
    expect(refused({ message } as GPUError).message).toMatch(
      /^the GPU device rejected "gelu 4x8": /,
    )
  })
}

test("a message without a name is reported unchanged", () => {
  const { message } = refused({ message: "internal error" } as GPUError)
  expect(message).toMatch(/^the GPU device rejected some work: internal error\n/)
})
