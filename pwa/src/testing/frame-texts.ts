// What the counter's reader makes of a camera's pictures, for a comparison of codes before one camera.
import { createReader, openDecoder, type Reader } from "../device/reading"
import { decoderWasm, pictureOf } from "./decoder"

const [WIDTH, HEIGHT] = [1280, 720]
const FRAME_BYTES = 1 + WIDTH * HEIGHT
const BETWEEN_MS = 1000

async function* framesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  for await (const chunk of input) {
    held = Buffer.concat([held, chunk])
    for (; held.length >= FRAME_BYTES; held = held.subarray(FRAME_BYTES)) yield held.subarray(0, FRAME_BYTES)
  }
}

/**
 * One JSON line, a text or null, for each picture of standard input: a byte that is 1 where another stream begins, and a byte a pixel.
 * Pictures of a stream are a second apart. Whatever is read may be put together from several of them, not only passes.
 */
export const answerFrames = async (): Promise<void> => {
  const open = openDecoder(decoderWasm())
  const anew = (): Reader => createReader(open, () => true)
  let [reader, seen] = [anew(), 0]
  for await (const frame of framesOf(process.stdin)) {
    if (frame[0] === 1) [reader, seen] = [anew(), 0]
    const text = await reader.readFrame(pictureOf(frame.subarray(1), WIDTH, HEIGHT), seen * BETWEEN_MS)
    seen += 1
    process.stdout.write(`${JSON.stringify(text)}\n`)
  }
}
