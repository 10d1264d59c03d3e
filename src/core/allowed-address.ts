/** Entries of the setting `outgoing.allow`: who may be called although the guard of outgoing calls would refuse. */
import { isIP, isIPv4 } from 'node:net';

export type AllowedAddress = AllowedName | AllowedNetwork;

/** A host by its name, whatever it resolves to. */
export interface AllowedName {
  /** As a URL has it: lower case, punycode, no dot at its end. */
  readonly name: string;
  /** Default: every port. */
  readonly port?: number;
}

/** Addresses, whichever name leads to them. */
export interface AllowedNetwork {
  readonly network: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
  /** Default: every port. */
  readonly port?: number;
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8`, `192.168.1.7`, `192.168.1.7:8080`, `[fd00::7]:8080`, `hooks.internal` or `hooks.internal:8080`.
 *
 * @throws Error whose message says what was expected
 */
export function parseAllowedAddress(text: string): AllowedAddress {
  const network = /^(?<address>[^/]+)\/(?<prefix>\d{1,3})$/.exec(text)?.groups;
  if (network !== undefined) {
    const parsed = asNetwork(network['address'] ?? '', Number(network['prefix']));
    return parsed ?? refuse(text);
  }
  if (isIP(text) !== 0) return asNetwork(text) ?? refuse(text);
  const host = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^\s/?#@:\\[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups;
  const port = host?.['port'] === undefined ? undefined : Number(host['port']);
  if (host === undefined || (port !== undefined && port > 65_535)) return refuse(text);
  const ofPort = port === undefined ? {} : { port };
  if (host['v6'] !== undefined) return { ...(asNetwork(host['v6']) ?? refuse(text)), ...ofPort };
  // The names of URLs are compared with it, so it is read as they are.
  const name = URL.parse(`http://${host['name']}`)?.hostname ?? refuse(text);
  return { ...(asNetwork(name) ?? { name: withoutLastDot(name) }), ...ofPort };
}

/** `localhost.` is `localhost`. */
export function withoutLastDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function asNetwork(address: string, prefix?: number): AllowedNetwork | undefined {
  if (isIP(address) === 0) return undefined;
  const bits = isIPv4(address) ? 32 : 128;
  if (prefix !== undefined && prefix > bits) return undefined;
  return { network: address, prefix: prefix ?? bits, family: bits === 32 ? 'ipv4' : 'ipv6' };
}

function refuse(text: string): never {
  throw new Error(
    `expected addresses such as "10.0.0.0/8" or "[fd00::7]:8080", or a host such as "hooks.internal:8080", got ${JSON.stringify(text)}`,
  );
}
