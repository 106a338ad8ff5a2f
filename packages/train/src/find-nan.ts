import {
  type Backend,
  compile,
  type DeviceArray,
  gradients,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import type { Batch, PretrainModel, TokenCounts } from "@tubelet/models"
import type { HostBatch } from "./data/batch.js"
import { trainable } from "./step.js"

/** Looks through a step's tensors for the first that is not finite, before the step is taken. */
export interface Probe {
  /** Throws, naming that tensor: a weight, one inside the forward pass, or a gradient. */
  check(params: Readonly<Record<string, DeviceArray>>, batch: HostBatch): Promise<void>
  dispose(): Promise<void>
}

/** Compiles a forward and backward pass that shows every tap. It costs as much as a step. */
export async function compileProbe(
  backend: Backend,
  model: PretrainModel,
  { batch, counts }: { readonly batch: number; readonly counts: TokenCounts },
): Promise<Probe> {
  const passes = await compile(
    backend,
    ({ params, batch }: { params: Readonly<Record<string, Tensor>>; batch: Batch }) => {
      const loss = model.loss(params, batch)
      return { loss, grads: gradients(loss, trainable(model, params)).grads }
    },
    {
      specs: { params: model.specs, batch: model.batchSpecs(batch, counts) },
      taps: true,
      name: `${model.config.system} probe`,
    },
  )
  return {
    dispose: () => passes.dispose(),
    async check(params, batch) {
      await requireAllFinite("the weight", params)
      const { loss, grads, taps } = passes.run({ params, batch }) as ReturnType<
        typeof passes.run
      > & { taps: Readonly<Record<string, DeviceArray>> }
      await requireAllFinite("the tensor", { ...taps, loss })
      // The backward pass computes the last layers' gradients first.
      const backwards = Object.entries(grads).reverse()
      await requireAllFinite("the gradient of", Object.fromEntries(backwards))
    },
  }
}

async function requireAllFinite(
  what: string,
  handles: Readonly<Record<string, DeviceArray>>,
): Promise<void> {
  for (const [name, handle] of Object.entries(handles)) {
    const values = await handle.data()
    const at = values.findIndex((value: number) => !Number.isFinite(value))
    if (at < 0) continue
    throw new TubeletError(
      `${what} "${name}" is the first that is not finite: element ${at} of [${handle.shape}] ` +
        `is ${values[at]}`,
      "what feeds it overflowed or divided by zero: lower the learning rate, clip gradients, or " +
        "look at the clip",
    )
  }
}
