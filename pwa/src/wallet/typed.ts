/** What is kept of a code that was typed or pasted: cleaned first and cut then, for a pasted one brings spaces and dashes. */
import type { Offer } from "../device/oid4vci";

export const CODE_LENGTH = 12;
const LINK = /^(?:openid-credential-offer|https?):/i;

/** XXXX-XXXX-XXXX from whatever was typed. */
export function asCode(typed: string): string {
  const plain = typed.toUpperCase().replaceAll(/[^0-9A-Z]/g, "").slice(0, CODE_LENGTH);
  return plain.match(/.{1,4}/g)?.join("-") ?? "";
}

export const CHALLENGE_LENGTH = 6;

/** The digits of a counter's number, without the space in its middle. */
export function asChallenge(typed: string): string {
  return typed.replaceAll(/[^0-9]/g, "").slice(0, CHALLENGE_LENGTH);
}

/** Whether somebody pasted a link where the module's code goes. */
export function isLink(typed: string): boolean {
  return LINK.test(typed.trim());
}

/** The separate code, without the space that the module's screen shows in its middle. */
export function asTxCode(typed: string, { length, isNumeric }: NonNullable<Offer["txCode"]>): string {
  return typed.replaceAll(isNumeric ? /\D/g : /\s/g, "").slice(0, length);
}
