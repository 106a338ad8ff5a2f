import { adamWStep, add, constant, mul, type Shape, type Spec, spec, Tensor } from "@tubelet/core"

type Record_<T> = Readonly<Record<string, T>>

/** AdamW's state: two moments a parameter, and the bias corrections 1 - beta^step of both. */
export interface Moments<T> {
  readonly first: Record_<T>
  readonly second: Record_<T>
  readonly correction1: T
  readonly correction2: T
}

/** The specs of a fresh state; it starts as zeros throughout. */
export const momentSpecs = (params: Record_<{ readonly shape: Shape }>): Moments<Spec> => {
  const like = Object.fromEntries(
    Object.entries(params).map(([name, { shape }]) => [name, spec("f32", shape)]),
  )
  return { first: like, second: like, correction1: spec("f32"), correction2: spec("f32") }
}

export interface AdamWOptions {
  readonly params: Record_<Tensor>
  /** Gradients of the parameters to train; the others stay as they are. */
  readonly grads: Record_<Tensor>
  readonly moments: Moments<Tensor>
  readonly learningRate: Tensor
  /** Default: 0.05. A tensor where a schedule moves it. */
  readonly weightDecay?: Tensor | number
  /** Whether weights are decayed: not biases nor norms, by default. */
  readonly decays?: (name: string, shape: Shape) => boolean
  /** A factor on a parameter's rate, for layer decay. */
  readonly rateScale?: (name: string) => number
  readonly betas?: readonly [number, number]
  readonly eps?: number
}

const matricesOnly = (_: string, shape: Shape): boolean => shape.length > 1

/**
 * One AdamW step of every parameter that has a gradient (Loshchilov & Hutter 2019), as
 * torch.optim.AdamW computes it. The bias corrections follow c' = beta c + 1 - beta, which keeps
 * their relative precision in f32 where 1 - beta^step would lose it.
 */
export function adamW({
  params,
  grads,
  moments,
  learningRate,
  weightDecay = 0.05,
  decays = matricesOnly,
  rateScale = () => 1,
  betas: [beta1, beta2] = [0.9, 0.95],
  eps = 1e-8,
}: AdamWOptions): { params: Record<string, Tensor>; moments: Moments<Tensor> } {
  const decay = weightDecay instanceof Tensor ? weightDecay : constant(weightDecay)
  const correction1 = add(mul(moments.correction1, beta1), 1 - beta1)
  const correction2 = add(mul(moments.correction2, beta2), 1 - beta2)
  const next = { params: {}, first: {}, second: {} } as Record<string, Record<string, Tensor>>
  for (const [name, grad] of Object.entries(grads)) {
    const param = params[name]
    const updated = adamWStep(
      {
        param,
        grad,
        first: moments.first[name],
        second: moments.second[name],
        learningRate: mul(learningRate, rateScale(name)),
        weightDecay: decays(name, param.shape) ? decay : constant(0),
        correction1,
        correction2,
      },
      { beta1, beta2, eps },
    )
    next.params[name] = updated.param
    next.first[name] = updated.first
    next.second[name] = updated.second
  }
  const { first, second } = next as {
    first: Record<string, Tensor>
    second: Record<string, Tensor>
  }
  return { params: next.params, moments: { first, second, correction1, correction2 } }
}
