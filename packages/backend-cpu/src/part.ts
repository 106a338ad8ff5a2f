import {
  describeSite,
  type Graph,
  type HostArray,
  type Node,
  type ProfileRow,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import { toOnnx } from "@tubelet/onnx"
import type { Elements, Engine, Session, Wanted } from "./engine/engine.js"

/** Options of a part. */
export interface PartOptions {
  /** The name of the whole function, for errors. */
  readonly name: string
  readonly profile: boolean
  /** Whether it is the program's only part. */
  readonly alone: boolean
}

/** A part of a step that the engine runs, as one session. */
export class Part {
  private constructor(
    readonly inputs: ReadonlyMap<Tensor, string>,
    readonly outputs: ReadonlyMap<Tensor, string>,
    readonly session: Session,
    private readonly explain: (error: unknown) => TubeletError,
  ) {}

  /**
   * The graph's inputs may be intermediates of a larger graph; its outputs must be computed by
   * nodes.
   */
  static async load(engine: Engine, graph: Graph, options: PartOptions): Promise<Part> {
    const file = toOnnx(graph, { order: "reverse" })
    for (const node of file.origins.values()) requireType(node)
    const explain = (error: unknown) => explained(options.name, error, file.origins)
    const named = (list: Graph["inputs" | "outputs"], names: readonly string[]) =>
      new Map(list.map(({ tensor }, i) => [tensor, names[i]]))
    const [inputs, outputs] = [named(graph.inputs, file.inputs), named(graph.outputs, file.outputs)]
    try {
      return new Part(inputs, outputs, await engine.load(file.bytes, options), explain)
    } catch (error) {
      throw explain(error)
    }
  }

  /**
   * `read` returns an input's elements. Outputs with a place are written `into` it, the others to
   * new arrays.
   */
  async run(
    read: (input: Tensor) => HostArray,
    into: (output: Tensor) => HostArray | undefined,
  ): Promise<Map<Tensor, HostArray>> {
    const feeds = [...this.inputs].map(([t, name]): [string, Elements] => [
      name,
      { dtype: t.dtype, shape: t.shape, data: read(t) },
    ])
    const wanted = [...this.outputs].map(([t, name]): [string, Wanted] => {
      const place = into(t)
      return [name, { dtype: t.dtype, shape: t.shape, ...(place && { into: place }) }]
    })
    try {
      const found = await this.session.run(new Map(feeds), new Map(wanted))
      return new Map([...this.outputs].map(([t, name]) => [t, found.get(name)!]))
    } catch (error) {
      throw this.explain(error)
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
    `the CPU backend does not support ${op.name} in ${narrow.dtype}`,
    `used at ${describeSite(site)}; use f32 here`,
  )
}

/** Adds the op and the user's line to an error of the engine. */
function explained(name: string, error: unknown, origins: ReadonlyMap<string, Node>): TubeletError {
  const message = error instanceof Error ? error.message : String(error)
  const mentioned = [...message.matchAll(/[Nn]ame ?[:(]? ?'([^']+)'/g)].map((m) =>
    origins.get(m[1]),
  )
  const node = mentioned.find((found) => found !== undefined)
  const where = node && `in ${node.op.name}, used at ${describeSite(node.site)}`
  return new TubeletError(`${name}: ${message}`, where, { cause: error })
}
