import { MachineError, machineError } from "../decode/machine.js"

/** Why a helper could not do a task, as it passes to its parent. */
export interface Refusal {
  readonly error: string
  /** The machine is at fault and not the clip. */
  readonly ofMachine: boolean
  readonly advice?: string | undefined
}

export function refusal(error: unknown): Refusal {
  const trouble = machineError(error)
  if (!trouble) return { error: (error as Error).message, ofMachine: false }
  return { error: trouble.problem, advice: trouble.advice, ofMachine: true }
}

export const refused = ({ error, advice, ofMachine }: Refusal): Error =>
  ofMachine ? new MachineError(error, advice) : new Error(error)
