/** The transformers that are trained: `small` on CPUs, `tiny` where WebGPU runs on one. */
export const sizes = {
  small: {
    batch: 4,
    tokens: 160,
    pixels: 1536,
    dim: 192,
    heads: 3,
    depth: 4,
    mlpHidden: 768,
    eps: 1e-5,
  },
  tiny: {
    batch: 2,
    tokens: 64,
    pixels: 1536,
    dim: 96,
    heads: 3,
    depth: 2,
    mlpHidden: 384,
    eps: 1e-5,
  },
}
