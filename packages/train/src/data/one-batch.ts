import type { PixelType } from "@tubelet/video"
import type { ClipData } from "./clips.js"

/** The first batch of the data at every step, to check that a model can overfit it. */
export const oneBatch = <P extends PixelType>(data: ClipData<P>): ClipData<P> => ({
  ...data,
  async *batches({ batch }) {
    const stream = data.batches({ batch, start: 0 })
    const { value } = await stream.next()
    await stream.return?.()
    for (;;) yield value
  },
})
