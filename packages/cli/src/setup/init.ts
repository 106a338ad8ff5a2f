import type { Checkpoint } from "@tubelet/checkpoint"
import type { PretrainModel } from "@tubelet/models"
import type { ReadTensor } from "@tubelet/train"
import type { Output } from "../shell/output.js"
import { openFitting, requireDecoder, tellBeside, weightsFile } from "./checkpoint.js"

/** Initial weights from a checkpoint: opened once, when first asked for, and streamed. */
export interface InitialWeights {
  /** Opens the checkpoint now; throws unless it fits the model. */
  open(): Promise<Checkpoint>
  readonly read: ReadTensor
  close(): Promise<void>
}

interface Wanted {
  readonly model: PretrainModel
  /** Which of several models in the file. */
  readonly key: string | undefined
  readonly output: Output
}

/** The weights of `--init`. */
export function initialWeights(named: string, wanted: Wanted): InitialWeights {
  let opened: Promise<Checkpoint> | undefined
  const open = () => {
    opened ??= openInit(named, wanted)
    return opened
  }
  return {
    open,
    read: async (name) => (await open()).floats(name),
    close: async () => (await opened?.catch(() => undefined))?.close(),
  }
}

async function openInit(named: string, { model, key, output }: Wanted): Promise<Checkpoint> {
  const ready = (file: Checkpoint) => requireDecoder(file, "init")
  const file = await openFitting(await weightsFile(named, output), { model, key, ready })
  tellBeside(file, output)
  return file
}
