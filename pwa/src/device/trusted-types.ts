/**
 * Scripts of workers come from our own origin only, also where the browser enforces Trusted Types.
 *
 * Imported for its effect, first in the entry of every face. HTML and script text have no rule here, so both stay refused.
 * Source: W3C Trusted Types §2.2 (default policy); CSP `require-trusted-types-for 'script'; trusted-types default`.
 */

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

function sameOrigin(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError("foreign script");
  return url.href;
}

const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
trustedTypes?.createPolicy("default", { createScriptURL: sameOrigin });
