/**
 * The values of `format` that a text field knows. Each check is linear in the text: the expressions that circulate
 * for e-mail addresses and URLs are not.
 */
import { isIPv4, isIPv6 } from 'node:net';

type FormatCheck = (text: string) => boolean;

const EMAIL_LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+$/i;
const URI = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i;
const URI_REFERENCE = /^(?:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i;
const JSON_POINTER = /^(?:\/(?:[^~/]|~0|~1)*)*$/;
const DURATION = /^P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/;

/** RFC 1123: labels of up to 63 letters, digits and inner hyphens; at most 253 characters. */
function isHostname(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false;
  return text.split('.').every((label) => {
    if (label.length > 63 || !/^[a-z0-9-]+$/i.test(label)) return false;
    return !label.startsWith('-') && !label.endsWith('-');
  });
}

/** RFC 5321 without quoted local parts and address literals, which no mailbox in practice has; a dot in the domain. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (at < 1 || at > 64 || !EMAIL_LOCAL.test(local) || !domain.includes('.')) return false;
  return !local.startsWith('.') && !local.endsWith('.') && !local.includes('..') && isHostname(domain);
}

/** By the name that JSON Schema 2020-12 (section 7.3) gives it. */
export const TEXT_FORMATS: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', isIPv4],
  // A zone index (fe80::1%eth0) is no part of the address.
  ['ipv6', (text) => isIPv6(text) && !text.includes('%')],
  ['uri', (text) => URI.test(text)],
  ['uri-reference', (text) => URI_REFERENCE.test(text)],
  ['json-pointer', (text) => JSON_POINTER.test(text)],
  ['duration', (text) => DURATION.test(text)],
]);
