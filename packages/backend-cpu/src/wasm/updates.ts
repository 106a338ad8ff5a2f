import { type DType, type HostArray, hostArrayClass, type Spec } from "@tubelet/core"
import type { LoopStep, UpdateProgram } from "@tubelet/core/loops"
import { Block } from "./arena.js"
import type { LoopRunner, Operand } from "./runner.js"

/** A tensor of an update: a block, elements on the host, or a number for a scalar. */
export type UpdateValue = Block | HostArray | number

/** What a run needs to know about the graph behind an update program. */
export interface UpdateSpecs {
  readonly inputs: readonly { readonly tensor: Spec }[]
  readonly outputs: readonly { readonly tensor: Spec }[]
}

/**
 * Runs steps of a program over its slots. `inputs` and `outputs` are in the graph's order. An
 * output may be the block of the input it is donated from, and needs no value if it is that input
 * itself. Only what these steps access must be present.
 */
export function runSteps(
  runner: LoopRunner,
  steps: UpdateProgram["steps"],
  slots: Float64Array,
  specs: UpdateSpecs,
  inputs: readonly UpdateValue[],
  outputs: readonly (Block | HostArray)[],
): void {
  for (const step of steps) {
    if (step.kind === "read") {
      slots[step.slot] = readScalar(inputs[step.input], specs.inputs[step.input].tensor.dtype)
    } else if (step.kind === "compute") {
      slots[step.slot] = step.evaluate(...step.args.map((arg) => slots[arg]))
    } else runLoop(runner, step, slots, inputs, outputs)
  }
}

/** Writes the scalar outputs from their slots, after all steps. */
export function writeResults(
  { results }: UpdateProgram,
  slots: Float64Array,
  specs: UpdateSpecs,
  outputs: readonly (Block | HostArray)[],
): void {
  for (const { output, slot } of results) {
    elementsOf(outputs[output], specs.outputs[output].tensor.dtype)[0] = slots[slot]
  }
}

/** Runs a whole program of state updates. */
export function runUpdates(
  runner: LoopRunner,
  program: UpdateProgram,
  specs: UpdateSpecs,
  inputs: readonly UpdateValue[],
  outputs: readonly (Block | HostArray)[],
): void {
  const slots = new Float64Array(program.slots)
  runSteps(runner, program.steps, slots, specs, inputs, outputs)
  writeResults(program, slots, specs, outputs)
}

function runLoop(
  runner: LoopRunner,
  step: LoopStep,
  slots: Float64Array,
  inputs: readonly UpdateValue[],
  outputs: readonly (Block | HostArray)[],
): void {
  const sums = runner.run(step.loop, step.size, {
    vectors: step.vectors.map((v) => ("data" in v ? v.data : inputs[v.input]) as Operand),
    scalars: step.scalars.map((slot) => slots[slot]),
    stores: step.stores.map((output) => outputs[output] as Operand),
  })
  for (const [i, slot] of step.sums.entries()) slots[slot] = sums[i]
}

const elementsOf = (value: Block | HostArray, dtype: DType): HostArray =>
  value instanceof Block ? value.view<HostArray>(hostArrayClass(dtype)) : value

const readScalar = (value: UpdateValue, dtype: DType): number =>
  typeof value === "number" ? value : elementsOf(value, dtype)[0]
