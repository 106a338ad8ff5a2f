import {
  add,
  div,
  less,
  maximum,
  mul,
  reshape,
  select,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "@tubelet/core"
import { init } from "@tubelet/vit"
import type { Head, HeadConfig } from "./head.js"
import { linearHead } from "./linear.js"

const [mean, variance] = ["head.0.running_mean", "head.0.running_var"]

/** Added to the variance, and the weight of a batch in the running statistics. */
const eps = 1e-6
const momentum = 0.1

/**
 * MAE's head for linear probing: batch norm (Ioffe & Szegedy 2015) without a learned scale or
 * shift, then a linear layer. Training normalises by the batch, evaluation by running statistics.
 * Samples of weight 0 do not count.
 */
export function batchNormHead(config: HeadConfig): Head {
  const { dim } = config.encoder
  const layer = linearHead(config, { name: "head.1", weight: init.truncatedNormal(0.01) })
  return {
    declarations: {
      [mean]: { shape: [dim], init: init.zeros },
      [variance]: { shape: [dim], init: init.ones },
      ...layer.declarations,
    },
    buffers: [mean, variance],
    logits: (params, features) =>
      layer.logits(params, normalised(features, params[mean], params[variance])),
    train(params, features, weight) {
      const running = { mean: params[mean], variance: params[variance] }
      const batch = statistics(features, weight, running)
      return {
        logits: layer.logits(params, normalised(features, batch.mean, batch.variance)),
        buffers: {
          [mean]: moved(running.mean, batch.mean),
          [variance]: moved(running.variance, batch.unbiased),
        },
      }
    },
  }
}

const normalised = (x: Tensor, mean: Tensor, variance: Tensor): Tensor =>
  div(sub(x, mean), sqrt(add(variance, eps)))

const moved = (running: Tensor, batch: Tensor): Tensor =>
  add(mul(running, 1 - momentum), mul(batch, momentum))

interface Statistics {
  readonly mean: Tensor
  readonly variance: Tensor
}

/**
 * Mean and variance over the samples, and the unbiased variance, which running statistics take. A
 * single sample has no variance: the running statistics stand in.
 */
function statistics(features: Tensor, weight: Tensor, running: Statistics) {
  const counted = reshape(select(less(0, weight), 1, 0), [-1, 1])
  const count = sum(counted)
  const several = less(1, count)
  const mean = div(sum(mul(features, counted), 0), count)
  const squares = sum(mul(square(sub(features, mean)), counted), 0)
  return {
    mean: select(several, mean, running.mean),
    variance: select(several, div(squares, count), running.variance),
    unbiased: select(several, div(squares, maximum(sub(count, 1), 1)), running.variance),
  }
}
