import { encodeSafetensors, fromFloats, readFloats } from "@tubelet/checkpoint"

export default async () => {
  const bytes = await encodeSafetensors({ weight: fromFloats([2], Float32Array.of(1, 2)) })
  const { weight } = await readFloats(bytes)
  return { found: [...weight], expected: [1, 2] }
}
