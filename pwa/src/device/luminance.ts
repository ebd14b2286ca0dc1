/** What a decoder needs of a camera's picture, its light alone, taken from the frame as the camera gave it: no colour is made of it and unmade again. */

/** The layouts whose first plane is the light of each pixel, and how many planes of colour follow it (VideoPixelFormat of WebCodecs). */
const PLANES_OF_COLOUR: ReadonlyMap<string | null, number> = new Map([
  ["I420", 2],
  ["NV12", 1],
]);

/** The light lies right behind a PGM header, so that the copy is the file; the colour lies behind that, and is not looked at. */
function layoutOf(planesOfColour: number, width: number, height: number, from: number): PlaneLayout[] {
  const stride = 2 * Math.ceil(width / 2);
  const light = { offset: from, stride: width };
  const first = { offset: from + width * height, stride: planesOfColour === 1 ? stride : stride / 2 };
  const second = { offset: first.offset + first.stride * Math.ceil(height / 2), stride: first.stride };
  return planesOfColour === 1 ? [light, first] : [light, first, second];
}

/** As it is shown, upright and in square pixels: what is turned or stretched for the screen is drawn instead. */
function isShownAsItIs({ visibleRect, displayWidth, displayHeight }: VideoFrame): boolean {
  return visibleRect !== null && visibleRect.width === displayWidth && visibleRect.height === displayHeight;
}

let kept = new Uint8Array(0);

/**
 * The light of a frame as the bytes of a PGM file, good until the next call; null where the frame does not tell it apart (a picture of
 * the graphics card's own, or one in RGB) or does not hand it over.
 */
export async function luminanceOf(frame: VideoFrame): Promise<Uint8Array | null> {
  const planes = PLANES_OF_COLOUR.get(frame.format);
  if (planes === undefined || !isShownAsItIs(frame)) return null;
  const { displayWidth: width, displayHeight: height } = frame;
  const header = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
  const layout = layoutOf(planes, width, height, header.length);
  try {
    const size = frame.allocationSize({ layout });
    if (kept.length < size) kept = new Uint8Array(size);
    await frame.copyTo(kept, { layout });
  } catch {
    return null;
  }
  kept.set(header);
  return kept.subarray(0, header.length + width * height);
}
