// All that the core may ask of the platform: WebCrypto verification, text, and inflating. No clock, network, storage or DOM.
export {}
