import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 that is not globally routable unicast.
 *
 * Source: IANA IPv4 Special-Purpose Address Registry; RFC 6890
 */
const SPECIAL_IPV4 = [
  ['0.0.0.0', 8], // this host, this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, with the metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const;

/**
 * The only global unicast of IPv6 that is assigned. Everything else is outside: ::, ::1, IPv4-mapped and -compatible, NAT64, unique local,
 * link-local, site-local, multicast.
 *
 * Source: IANA Internet Protocol Version 6 Address Space; RFC 4291, 2.4
 */
const GLOBAL_IPV6 = ['2000::', 3] as const;

/**
 * Inside it, what is not, or what embeds an address of IPv4.
 *
 * Source: IANA IPv6 Special-Purpose Address Registry
 */
const SPECIAL_IPV6 = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3ffe::', 16], // the 6bone that was
  ['3fff::', 20], // documentation
] as const;

const special = new BlockList();
for (const [network, prefix] of SPECIAL_IPV4) special.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of SPECIAL_IPV6) special.addSubnet(network, prefix, 'ipv6');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet(...GLOBAL_IPV6, 'ipv6');

/** True of an address that is globally routable unicast; of a text that is not an address it is false. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && globalIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
