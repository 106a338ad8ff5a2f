import type { Tensor } from "@tubelet/core"
import type { ShaderSource } from "../../src/wgsl/matmul.js"

/** A shader over f32 tensors, and nothing more. */
export class PlainSource implements ShaderSource {
  readonly #uses = new Map<Tensor, { single: boolean }>()
  readonly #functions = new Map<string, string>()
  readonly #shared: string[] = []

  #name(tensor: Tensor, single: boolean): string {
    const use = this.#uses.get(tensor) ?? { single: false }
    use.single ||= single
    this.#uses.set(tensor, use)
    return `t${[...this.#uses.keys()].indexOf(tensor)}`
  }

  readonly memory = {
    at: (tensor: Tensor, i: string) => `${this.#name(tensor, true)}_at(${i})`,
    quad: (tensor: Tensor, i: string) => `${this.#name(tensor, false)}_quad(${i})`,
    put: (tensor: Tensor, i: string, x: string) => `${this.#name(tensor, true)}[${i}] = ${x};`,
    putQuad: (tensor: Tensor, i: string, x: string) => `${this.#name(tensor, false)}[${i}] = ${x};`,
  }

  call(functions: Iterable<readonly [name: string, code: string]>): void {
    for (const [name, code] of functions) this.#functions.set(name, code)
  }

  share(name: string, type: string): void {
    this.#shared.push(`var<workgroup> ${name}: ${type};`)
  }

  shader(label: string, body: string, { groups, size }: { groups: number; size: number }) {
    const declared = [...this.#uses.values()].map(({ single }, i) => {
      const four = [0, 1, 2, 3].map((c) => `t${i}[4u * i + ${c}u]`).join(", ")
      return `
@group(0) @binding(${i}) var<storage, read_write> t${i}: array<${single ? "f32" : "vec4<f32>"}>;
fn t${i}_quad(i: u32) -> vec4<f32> { return ${single ? `vec4<f32>(${four})` : `t${i}[i]`}; }
${single ? `fn t${i}_at(i: u32) -> f32 { return t${i}[i]; }` : ""}`
    })
    const x = Math.min(groups, 65535)
    const code = `${declared.join("\n")}
${[...this.#functions.values(), ...this.#shared].join("\n")}
@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) at: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = at.x + ${x}u * at.y;
${body}
}`
    const bindings = [...this.#uses.keys()].map((tensor) => ({
      tensor,
      access: "read_write" as const,
    }))
    return { label, code, bindings, workgroups: [x, Math.ceil(groups / x), 1] as const }
  }
}
