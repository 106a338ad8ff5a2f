import { webgpuBackend } from "@tubelet/backend-webgpu"

const spec = { dtype: "f32", shape: [2] }

/** Where WebGPU is missing, as in Node without the optional package, an error says so. */
export default async () => {
  const found = await webgpuBackend().then(
    async (backend) => [...(await backend.upload(Float32Array.of(1, 2), spec).data())],
    ({ name }) => name,
  )
  return { found, expected: typeof found === "string" ? "TubeletError" : [1, 2] }
}
