import {
  describeSite,
  type Graph,
  graphNodes,
  type HostArray,
  type Node,
  type ProfileRow,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import { toOnnx } from "@tubelet/onnx"
import type { Elements, Engine, Session, Wanted } from "./engine/engine.js"

/** What a compute part is loaded with. */
export interface ComputeOptions {
  readonly name: string
  readonly profile: boolean
}

/** The part of a step that the engine does. Its outputs are all made by nodes, none twice. */
export class Compute {
  private constructor(
    /** The inputs it reads. */
    readonly inputs: readonly Tensor[],
    readonly outputs: ReadonlyMap<Tensor, string>,
    readonly origins: ReadonlyMap<string, Node>,
    readonly name: string,
    readonly session: Session,
  ) {}

  static async load(
    engine: Engine,
    graph: Graph,
    { name, profile }: ComputeOptions,
  ): Promise<Compute> {
    const nodes = graphNodes(graph)
    for (const node of nodes) requireType(node)
    const read = new Set(nodes.flatMap((node) => node.inputs))
    const inputs = graph.inputs.filter(({ tensor }) => read.has(tensor))
    const file = toOnnx({ inputs, outputs: graph.outputs }, { order: "reverse" })
    const explain = (error: unknown) => explained(name, error, file.origins)
    const session = await engine
      .load(file.bytes, { profile })
      .catch((e) => Promise.reject(explain(e)))
    const outputs = new Map(graph.outputs.map(({ tensor }, i) => [tensor, file.outputs[i]!]))
    const given = inputs.map(({ tensor }) => tensor)
    return new Compute(given, outputs, file.origins, name, session)
  }

  /** `read` gives an input's elements; what `into` names is written there, the rest is fresh. */
  async run(
    read: (input: Tensor) => HostArray,
    into: (output: Tensor) => HostArray | undefined,
  ): Promise<Map<Tensor, HostArray>> {
    const feeds = new Map(
      this.inputs.map((t): [string, Elements] => [
        t.node.attrs.path as string,
        { dtype: t.dtype, shape: t.shape, data: read(t) },
      ]),
    )
    const wanted = new Map(
      [...this.outputs].map(([{ dtype, shape }, name]): [string, Wanted] => [
        name,
        { dtype, shape },
      ]),
    )
    for (const [t, name] of this.outputs) {
      const place = into(t)
      if (place) wanted.set(name, { dtype: t.dtype, shape: t.shape, into: place })
    }
    try {
      const found = await this.session.run(feeds, wanted)
      return new Map([...this.outputs].map(([t, name]) => [t, found.get(name)!]))
    } catch (error) {
      throw explained(this.name, error, this.origins)
    }
  }

  profile(): Promise<ProfileRow[]> {
    return this.session.profile?.() ?? Promise.resolve([])
  }
}

/** ONNX Runtime's CPU kernels are written for f32. */
function requireType(node: Node): void {
  const { op, inputs, outputs, site } = node
  const narrow = [...inputs, ...outputs].find(({ dtype }) => dtype === "f16" || dtype === "bf16")
  if (narrow === undefined || op.name === "input") return
  throw new TubeletError(
    `the CPU backend has no ${op.name} in ${narrow.dtype}`,
    `used at ${describeSite(site)}; compute in f32 here`,
  )
}

/** An error of the engine with the op it happened in and the user's line. */
function explained(name: string, error: unknown, origins: ReadonlyMap<string, Node>): TubeletError {
  const message = error instanceof Error ? error.message : String(error)
  const mentioned = [...message.matchAll(/[Nn]ame ?[:(]? ?'([^']+)'/g)].map((m) =>
    origins.get(m[1]!),
  )
  const node = mentioned.find((found) => found !== undefined)
  const where = node && `in ${node.op.name}, used at ${describeSite(node.site)}`
  return new TubeletError(`${name}: ${message}`, where, { cause: error })
}
