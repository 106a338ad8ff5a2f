import { TubeletError } from "@tubelet/core"

/** What pages get instead of the command. */
export async function run(): Promise<never> {
  throw new TubeletError("the command needs Node", "in a page, call pretrain of @tubelet/train")
}
