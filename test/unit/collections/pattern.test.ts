import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { compilePattern } from '../../../src/collections/pattern.ts';
import { TEXT_FORMATS } from '../../../src/collections/text-format.ts';

describe('compilePattern', () => {
  test('stays linear on patterns that make a backtracking engine hang', () => {
    const started = performance.now();
    for (const source of ['^(a+)+$', '^(a|a)*$', '(x+x+)+y', '^(.*)*$', 'a*a*a*b', String.raw`(\w+\s?)+!`]) {
      compilePattern(source)(`${'a'.repeat(5000)}\n!`);
    }
    assert.ok(performance.now() - started < 2000);
  });

  for (const source of ['(?=a)', '(?<!a)b', String.raw`(a)\1`, '(', '[z-a]', 'a{2,1}']) {
    test(`refuses ${source}`, () => assert.throws(() => compilePattern(source)));
  }

  test('means what ECMA-262 says, whichever engine runs it', () => {
    const sources = [
      '^[A-Z]{2}-[0-9]+$',
      String.raw`^\s*x\s*$`,
      'a.c',
      '^(ab|cd)+$',
      String.raw`[\s_]+y`,
      String.raw`^\S+$`,
      'x?y',
      String.raw`\u00e9`,
      '^a?b?c?$',
      '[.]',
      String.raw`^\d{3}$`,
    ];
    const text = fc.string({
      unit: fc.constantFrom(...'abcdxyAZ-059 _.\n\r\té\u00a0\u2028'.split('')),
      maxLength: 8,
    });
    for (const source of sources) {
      const matches = compilePattern(source);
      const reference = new RegExp(source, 'u');
      fc.assert(
        fc.property(text, (sample) =>
          assert.equal(matches(sample), reference.test(sample), JSON.stringify([source, sample])),
        ),
        { seed: 4, numRuns: 200 },
      );
    }
  });
});

describe('text formats', () => {
  const cases: Record<string, { right: string[]; wrong: string[] }> = {
    email: {
      right: ['a@b.co', 'first.last+tag@sub.example.org'],
      wrong: ['a@b', '@b.co', 'a b@c.de', 'a@b..de', '.a@b.co', 'a@-b.co'],
    },
    hostname: { right: ['localhost', 'a-b.example'], wrong: ['', '-a', 'a..b', 'a_b', 'a'.repeat(64)] },
    ipv4: { right: ['127.0.0.1'], wrong: ['256.0.0.1', '1.2.3', '01.2.3.4'] },
    ipv6: { right: ['::1', '2001:db8::ff'], wrong: ['1.2.3.4', ':::', 'fe80::1%eth0'] },
    uri: {
      right: ['https://example.org/a?b=c#d', 'urn:isbn:123'],
      wrong: ['example.org', 'https://a b', 'http://%zz'],
    },
    'json-pointer': { right: ['', '/a/0', '/~1'], wrong: ['a', '/~2'] },
    duration: { right: ['P1D', 'PT5M', 'P2W', 'P1Y2M3DT4H'], wrong: ['P', 'PT', '1D', 'P1W1D'] },
  };
  for (const [name, { right, wrong }] of Object.entries(cases)) {
    test(name, () => {
      const check = TEXT_FORMATS.get(name);
      assert.ok(check);
      for (const text of right) assert.equal(check(text), true, text);
      for (const text of wrong) assert.equal(check(text), false, text);
    });
  }
});
