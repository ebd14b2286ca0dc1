/** What the camera's thread and the decoding worker say to each other. */

/** A picture to look for a QR code in: a video frame, its pixels where frames cannot be handed over, or a photograph. */
export type Picture =
  | { readonly frame: VideoFrame }
  | { readonly bitmap: ImageBitmap }
  | { readonly pixels: ImageData }
  | { readonly photo: Blob };

export type DecodeRequest = Picture & { readonly id: number };

export interface DecodeAnswer {
  readonly id: number;
  /** The text of the code; null when there is none in the picture. */
  readonly text: string | null;
  /** True when the decoder itself did not start or broke. */
  readonly failed: boolean;
}
