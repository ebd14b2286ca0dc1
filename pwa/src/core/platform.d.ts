// All that the core may ask of the platform: WebCrypto, text, base64, inflating. No clock, randomness, network, storage, DOM.

interface CryptoKey {
  readonly type: "public" | "private" | "secret"
  readonly extractable: boolean
}

interface EcdsaVerification {
  readonly name: "ECDSA"
  readonly hash: "SHA-256"
}

interface EcKeyImport {
  readonly name: "ECDSA"
  readonly namedCurve: "P-256"
}

interface AesGcm {
  readonly name: "AES-GCM"
  readonly iv: Uint8Array
  readonly additionalData: Uint8Array
}

interface SubtleCrypto {
  importKey(
    format: "raw" | "spki",
    keyData: Uint8Array,
    algorithm: EcKeyImport,
    extractable: boolean,
    usages: readonly "verify"[],
  ): Promise<CryptoKey>
  exportKey(format: "raw", key: CryptoKey): Promise<ArrayBuffer>
  verify(algorithm: EcdsaVerification, key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>
  digest(algorithm: "SHA-256" | "SHA-512", data: Uint8Array): Promise<ArrayBuffer>
  encrypt(algorithm: AesGcm, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: AesGcm, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>
}

declare const crypto: { readonly subtle: SubtleCrypto }

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}

declare class TextDecoder {
  constructor(encoding: "utf-8", options: { readonly fatal: boolean; readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

declare function atob(base64: string): string
declare function btoa(binary: string): string

interface StreamReader {
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value?: undefined }>
  cancel(): Promise<void>
}

declare class ReadableStream {
  constructor(source: { pull(controller: { enqueue(chunk: Uint8Array): void; close(): void }): void })
  pipeThrough(transform: DecompressionStream): ReadableStream
  getReader(): StreamReader
}

declare class DecompressionStream {
  constructor(format: "deflate")
}
