import { run } from "tubelet"

/** The command is Node's: a page is told so. */
const inPage = () => run(["doctor"]).catch(({ message }) => message.split("\n")[0])

export default async () =>
  "document" in globalThis
    ? { found: await inPage(), expected: "the command needs Node" }
    : { found: await run(["pretrain", "--dry-run"]), expected: 0 }
