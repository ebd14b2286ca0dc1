/**
 * Scripts that a worker may run come from our own origin, also where the browser enforces Trusted Types.
 *
 * Source: W3C Trusted Types, §2.2 (policies); Content-Security-Policy `require-trusted-types-for 'script'`.
 */

interface ScriptPolicy {
  createScriptURL(address: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy;
}

function sameOrigin(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError("foreign script");
  return url.href;
}

let policy: ScriptPolicy | null = null;

/** The address in the form that Worker and serviceWorker.register accept; TypeError if it is not ours. */
export function ownScript(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  if (!trustedTypes) return sameOrigin(address);
  policy ??= trustedTypes.createPolicy("amate", { createScriptURL: sameOrigin });
  return policy.createScriptURL(address);
}
