import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const beside = fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url))
const folder = process.env.TUBELET_FIXTURES ?? beside

/** The authors' golden sets stand beside the repository, not in every clone. */
export const hasGolden = existsSync(`${folder}/hf-videomae-pretrain-tiny`)

/** A file of a set. */
export const golden = (file: string): string => `${folder}/${file}`
