/** Who may be called: every spelling of an address that is not public is refused, before and after its name is resolved. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import { array, assert as assertProperty, constantFrom, integer, oneof, property, tuple } from 'fast-check';
import { parseAllowedAddress } from '../../../src/core/allowed-address.ts';
import { isAppError } from '../../../src/core/errors.ts';
import { BAD_PORTS } from '../../../src/transfer/http/bad-ports.ts';
import { createAddressGuard } from '../../../src/transfer/http/guard-address.ts';
import { isPublicAddress } from '../../../src/transfer/http/public-addresses.ts';

const strict = createAddressGuard({ allow: [] });

const isRefusal = (error: unknown) => isAppError(error, 'outgoing.refused_address');
const refuses = (url: string, guard = strict) => assert.throws(() => guard.checkUrl(url), isRefusal, url);

/** A guard that resolves every name to these. */
function resolvingTo(addresses: readonly string[], allow: readonly string[] = []) {
  const resolved = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return createAddressGuard({ allow, lookup: async () => resolved });
}

test('public addresses may be called, whatever their form', () => {
  for (const url of [
    'https://hooks.example.com/path?x=1',
    'http://93.184.216.34:8080/',
    'http://1.1.1.1',
    'https://[2606:4700::1111]/',
    'http://172.32.0.1/',
    'http://100.128.0.1/',
    'https://münchen.example/',
  ]) {
    assert.equal(strict.checkUrl(url).href, new URL(url).href);
  }
});

test('what is no URL of HTTP, or carries credentials, is a mistake of the request', () => {
  for (const url of [
    '',
    'hooks.example.com',
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://',
    'https://u:p@example.com/',
    'https://u@example.com/',
  ]) {
    assert.throws(
      () => strict.checkUrl(url),
      (error) => isAppError(error, 'request.invalid'),
      url,
    );
  }
});

test('a refusal names the host, and nothing that is behind it', async () => {
  const guard = resolvingTo(['10.1.2.3']);
  await assert.rejects(
    guard.resolve(guard.checkUrl('https://intranet.example.com:8443/secret-path')),
    (error) => {
      assert.ok(isAppError(error, 'outgoing.refused_address'));
      assert.match(error.message, /^intranet\.example\.com:8443 may not be called/);
      assert.doesNotMatch(`${error.message}${JSON.stringify(error.details)}`, /10\.1|secret-path/);
      return true;
    },
  );
});

test('addresses with a meaning of their own are refused', () => {
  for (const host of [
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:8.8.8.8]',
    '[::ffff:127.0.0.1]',
    '[::8.8.8.8]',
    '[64:ff9b::8.8.8.8]',
    '[64:ff9b:1::1]',
    '[100::1]',
    '[2001::1]',
    '[2001:2::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[2001:db8::1]',
    '[2002:808:808::1]',
    '[3ffe::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    'localhost',
    'LOCALHOST.',
    'api.localhost',
  ]) {
    refuses(`http://${host}/`);
  }
});

const PRIVATE_V4 = oneof(
  ...(
    [
      [0x0a000000, 24],
      [0x7f000000, 24],
      [0xa9fe0000, 16],
      [0xac100000, 20],
      [0xc0a80000, 16],
      [0x64400000, 22],
      [0xe0000000, 28],
      [0xf0000000, 28],
      [0x00000000, 24],
    ] as const
  ).map(([base, bits]) => integer({ min: 0, max: 2 ** bits - 1 }).map((rest) => base + rest)),
);

const octets = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);

/** The spellings of one IPv4 address that parsers of URLs take. */
const SPELLINGS: readonly ((address: number) => string)[] = [
  (address) => octets(address).join('.'),
  (address) => `${octets(address).join('.')}.`,
  (address) => String(address),
  (address) => `0x${address.toString(16)}`,
  (address) => `0X${address.toString(16).toUpperCase()}`,
  (address) => `0${address.toString(8)}`,
  (address) =>
    octets(address)
      .map((octet) => `0${octet.toString(8)}`)
      .join('.'),
  (address) =>
    octets(address)
      .map((octet) => `0x${octet.toString(16)}`)
      .join('.'),
  (address) =>
    octets(address)
      .map((octet) => `000${octet.toString(8)}`)
      .join('.'),
  (address) => `${Math.floor(address / 2 ** 24)}.${address % 2 ** 24}`,
  (address) => `${octets(address).slice(0, 2).join('.')}.${address % 2 ** 16}`,
  (address) =>
    octets(address)
      .join('.')
      .split('')
      .map((one) => `%${one.charCodeAt(0).toString(16)}`)
      .join(''),
  (address) =>
    octets(address)
      .join('.')
      .split('')
      .map((one) => (one === '.' ? '。' : String.fromCodePoint(one.charCodeAt(0) + 0xfee0)))
      .join(''),
  (address) => `[::ffff:${octets(address).join('.')}]`,
  (address) => `[::${octets(address).join('.')}]`,
  (address) => `[64:ff9b::${octets(address).join('.')}]`,
  (address) => `[2002:${Math.floor(address / 2 ** 16).toString(16)}:${(address % 2 ** 16).toString(16)}::1]`,
  (address) =>
    `[0:0:0:0:0:FFFF:${Math.floor(address / 2 ** 16).toString(16)}:${(address % 2 ** 16).toString(16)}]`,
];

test('no spelling of a private address is taken', () => {
  const spelt = tuple(PRIVATE_V4, constantFrom(...SPELLINGS)).map(([address, spell]) => spell(address));
  assertProperty(
    property(spelt, constantFrom('http', 'https'), constantFrom('', ':8080'), (host, scheme, port) => {
      refuses(`${scheme}://${host}${port}/`);
    }),
    { numRuns: 2000 },
  );
});

test('a public address is taken in every spelling', () => {
  for (const spell of SPELLINGS.filter((_, index) => index < 13)) {
    assert.equal(strict.checkUrl(`http://${spell(0x08080808)}/`).hostname.replace(/\.$/, ''), '8.8.8.8');
  }
});

test('an IPv6 address is public only inside 2000::/3', () => {
  const inside = new BlockList();
  inside.addSubnet('2000::', 3, 'ipv6');
  const groups = array(integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  assertProperty(
    property(groups, (parts) => {
      const address = parts.map((part) => part.toString(16)).join(':');
      if (isPublicAddress(address)) assert.ok(inside.check(address, 'ipv6'), address);
    }),
  );
});

test('a name is judged by every address that it leads to', async () => {
  const url = new URL('https://hooks.example.com/');
  const publics = await resolvingTo(['93.184.216.34', '2606:4700::1111']).resolve(url);
  assert.deepEqual(
    publics.map(({ address }) => address),
    ['93.184.216.34', '2606:4700::1111'],
  );
  for (const hidden of [
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    'nonsense',
  ]) {
    await assert.rejects(resolvingTo(['93.184.216.34', hidden]).resolve(url), isRefusal, hidden);
  }
  await assert.rejects(resolvingTo([]).resolve(url), /has no address/);
});

test('ports of other services are refused, as browsers refuse them', async () => {
  for (const port of BAD_PORTS) {
    refuses(`http://93.184.216.34:${port}/`);
    refuses(`http://hooks.example.com:${port}/`);
    // Nobody listens on port 0, so Node does not bother.
    if (port === 0) continue;
    const refusal = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error.cause);
    assert.match(String(refusal), /bad port/, String(port));
  }
});

test('what the setting names may be called, and nothing else', async () => {
  const allows = async (allow: string, url: string, resolved = '93.184.216.34') => {
    const guard = resolvingTo([resolved], [allow]);
    try {
      await guard.resolve(guard.checkUrl(url));
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  };
  const table: readonly (readonly [string, string, string | undefined, boolean])[] = [
    ['10.0.0.0/8', 'http://10.1.2.3/', undefined, true],
    ['10.0.0.0/8', 'http://hooks.internal/', '10.1.2.3', true],
    ['10.0.0.0/8', 'http://hooks.internal/', '11.1.2.3', true],
    ['10.0.0.0/8', 'http://hooks.internal/', '192.168.1.1', false],
    ['10.0.0.0/8', 'http://10.1.2.3:25/', undefined, false],
    ['127.0.0.1', 'http://localhost:9000/', '127.0.0.1', true],
    ['127.0.0.1', 'http://localhost:9000/', '::1', false],
    ['127.0.0.1:9000', 'http://127.0.0.1:9000/', undefined, true],
    ['127.0.0.1:9000', 'http://2130706433:9000/', undefined, true],
    ['127.0.0.1:9000', 'http://127.0.0.1:9001/', undefined, false],
    ['[fd00::7]:8080', 'http://[fd00:0::7]:8080/', undefined, true],
    ['fd00::/8', 'http://[fd12::1]/', undefined, true],
    ['fd00::/8', 'http://[fe80::1]/', undefined, false],
    ['hooks.internal', 'https://HOOKS.internal./x', '10.1.2.3', true],
    ['Hooks.Internal:8443', 'https://hooks.internal:8443/', '10.1.2.3', true],
    ['hooks.internal:8443', 'https://hooks.internal/', '10.1.2.3', false],
    ['hooks.internal', 'https://other.internal/', '10.1.2.3', false],
    ['mail.internal:25', 'http://mail.internal:25/', '10.1.2.3', true],
    ['localhost', 'http://localhost:9000/', '::1', true],
    ['hooks.internal:443', 'https://hooks.internal/', '10.1.2.3', true],
  ];
  for (const [allow, url, resolved, expected] of table) {
    assert.equal(await allows(allow, url, resolved), expected, `${allow}: ${url} -> ${resolved}`);
  }
});

test('an entry of the setting that says nothing is refused', () => {
  for (const text of [
    '',
    '10.0.0.0/33',
    'fd00::/129',
    'a b',
    'http://x/',
    'x/y',
    'host:99999',
    '[::1',
    '[host]:1',
    'host:',
  ]) {
    assert.throws(() => parseAllowedAddress(text), /expected addresses such as/, text);
  }
});
