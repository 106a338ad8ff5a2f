import { compile, spec } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { patchify, sinCos2d } from "@tubelet/vit"

export default async () => {
  const cut = { frames: 1, imageSize: 8, patchSize: 4, tubelet: 1 }
  const specs = { images: spec("f32", [1, 1, 8, 8, 3]) }
  const f = ({ images }) => ({ tokens: patchify(images, cut) })
  const patches = await compile(referenceBackend(), f, { specs })
  const { tokens } = patches.run({ images: new Float32Array(8 * 8 * 3) })
  const positions = sinCos2d({ frames: 1, height: 2, width: 2 }, 4)
  return { found: [...tokens.shape, positions.length], expected: [1, 4, 48, 16] }
}
