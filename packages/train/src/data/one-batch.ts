import type { PixelType } from "@tubelet/video"
import type { ClipData } from "./clips.js"

/** The first batch of the data for every step: whatever can learn overfits it. */
export const oneBatch = <P extends PixelType>(data: ClipData<P>): ClipData<P> => ({
  ...data,
  async *batches({ batch }) {
    const stream = data.batches({ batch, start: 0 })
    const { value } = await stream.next()
    await stream.return?.()
    for (;;) yield value
  },
})
