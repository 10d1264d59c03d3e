/**
 * The guard before the first outgoing byte: who may be called. Addresses that are not of the public internet are refused in every
 * spelling, before a name is resolved and after, unless the setting `outgoing.allow` has them.
 */
import { lookup as resolveName } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { type AllowedAddress, parseAllowedAddress, withoutLastDot } from '../../core/allowed-address.ts';
import { AppError } from '../../core/errors.ts';
import { BAD_PORTS } from './bad-ports.ts';
import { isPublicAddress } from './public-addresses.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export interface AddressGuard {
  /**
   * The URL, when nothing in its form is refused.
   *
   * @throws AppError `request.invalid` when it is not a URL of HTTP, or carries credentials; `outgoing.refused_address`
   */
  checkUrl(text: string): URL;
  /**
   * The addresses of a checked URL's host. Connect to exactly these: the same name may lead elsewhere a moment later.
   *
   * @throws AppError `outgoing.refused_address` when one of them is refused; what resolving the name throws
   */
  resolve(url: URL): Promise<readonly ResolvedAddress[]>;
}

/**
 * @param options.allow entries as `parseAllowedAddress` reads them
 * @param options.lookup every address of a name; default: as the system resolves it
 */
export function createAddressGuard(options: {
  readonly allow: readonly string[];
  readonly lookup?: (name: string) => Promise<readonly ResolvedAddress[]>;
}): AddressGuard {
  const { lookup = (name: string) => resolveName(name, { all: true, order: 'verbatim' }) } = options;
  const allowed = options.allow.map((text) => coverage(parseAllowedAddress(text)));
  const mayCall = (called: Called): boolean => isPublic(called) || allowed.some((covers) => covers(called));
  return {
    checkUrl(text) {
      const url = parseUrl(text);
      const called = calledBy(url);
      if (!likelyAddresses(called.name).some((address) => mayCall({ ...called, address })))
        throw refused(url);
      return url;
    },
    async resolve(url) {
      const called = calledBy(url);
      const family = isIP(called.name);
      const addresses = family === 0 ? await lookup(called.name) : [{ address: called.name, family }];
      if (!addresses.every(({ address }) => mayCall({ ...called, address }))) throw refused(url);
      if (addresses.length === 0) throw new Error(`the name ${called.name} has no address`);
      return addresses;
    },
  };
}

interface Called {
  /** Of a URL's host, without brackets or a dot at its end. */
  readonly name: string;
  readonly port: number;
  /** Absent until the name is resolved. */
  readonly address?: string | undefined;
}

function calledBy({ hostname, port, protocol }: URL): Called {
  const name = withoutLastDot(hostname.replace(/^\[(.*)\]$/, '$1'));
  return { name, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Addresses in decimal, octal or hexadecimal, percent-encoded or in full-width digits are read by the parser of URLs, as callers read them. */
function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || DEFAULT_PORTS[url.protocol] === undefined) {
    throw new AppError(
      'request.invalid',
      'The address to call must be a URL that begins with https:// or http://.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'request.invalid',
      `The URL to call at ${url.hostname} contains a user name or a password, which would be stored and sent unprotected. Remove them.`,
    );
  }
  return url;
}

/**
 * What a host leads to as far as its form says; undefined: that is not known before it is resolved.
 *
 * Source: RFC 6761, 6.3, on localhost
 */
function likelyAddresses(name: string): readonly (string | undefined)[] {
  if (isIP(name) !== 0) return [name];
  return name === 'localhost' || name.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [undefined];
}

function isPublic({ address, port }: Called): boolean {
  return !BAD_PORTS.has(port) && (address === undefined || isPublicAddress(address));
}

/** Whom an entry of the setting lets be called. A port that browsers refuse must be named there. */
function coverage(allowed: AllowedAddress): (called: Called) => boolean {
  const isPort = (port: number) =>
    allowed.port === port || (allowed.port === undefined && !BAD_PORTS.has(port));
  if ('name' in allowed) return ({ name, port }) => name === allowed.name && isPort(port);
  const networks = new BlockList();
  networks.addSubnet(allowed.network, allowed.prefix, allowed.family);
  const isInside = (address: string) => networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  return ({ address, port }) => isPort(port) && (address === undefined || isInside(address));
}

/** It names the host and never what it resolves to: whoever may name hosts could else explore the network that Waybill stands in. */
function refused({ host, hostname }: URL): AppError {
  return new AppError(
    'outgoing.refused_address',
    `${host} may not be called: it is not on the public internet, or its port is not one that web servers use. An operator can allow it in the setting outgoing.allow.`,
    { details: { host: hostname } },
  );
}
