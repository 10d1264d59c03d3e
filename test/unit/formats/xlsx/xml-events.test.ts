/** The XML reader beside one of other people, over generated documents, whole and damaged, cut into pieces anywhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { isAppError } from '../../../../src/core/errors.ts';
import { createXmlReader } from '../../../../src/formats/xlsx/read/xml-events.ts';
import { runsOf } from '../../../support/share-of-runs.ts';

type Event = readonly [
  kind: 'open' | 'close' | 'text',
  what: string,
  values?: readonly (string | undefined)[],
];

const ATTRIBUTES = ['r', 't', 'a-b', 'äö', 'x:r'] as const;
const local = (name: string) => name.slice(name.indexOf(':') + 1);

function join(events: readonly Event[]): readonly Event[] {
  const joined: Event[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event[0] === 'text' && last?.[0] === 'text') joined[joined.length - 1] = ['text', last[1] + event[1]];
    else if (event[0] !== 'text' || event[1] !== '') joined.push(event);
  }
  return joined;
}

/** @param cuts where pieces end, as shares of the whole; @returns what was told, or what was refused */
function read(xml: string, cuts: readonly number[]): readonly Event[] | string {
  const events: Event[] = [];
  const reader = createXmlReader('part.xml', {
    open: (name, attributes) => events.push(['open', name, ATTRIBUTES.map((of) => attributes.get(of))]),
    close: (name) => events.push(['close', name]),
    text: (text) => events.push(['text', text]),
  });
  const bytes = Buffer.from(xml);
  const places = [
    ...cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  try {
    let from = 0;
    for (const to of places) {
      reader.push(bytes.subarray(from, to));
      from = to;
    }
    reader.end();
    return join(events);
  } catch (error) {
    assert.ok(isAppError(error, 'source.unreadable'), String(error));
    return error.message;
  }
}

function readAsOthers(xml: string): readonly Event[] | string {
  const events: Event[] = [];
  let depth = 0;
  const parser = new SaxesParser({ position: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    const values = attributes as Readonly<Record<string, string>>;
    const find = (of: string) =>
      values[of] ?? values[Object.keys(values).find((key) => key.endsWith(`:${of}`)) ?? ''];
    events.push(['open', local(name), ATTRIBUTES.map(find)]);
  });
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    events.push(['close', local(name)]);
  });
  const tell = (text: string) => {
    if (depth > 0) events.push(['text', text]);
  };
  parser.on('text', tell);
  parser.on('cdata', tell);
  try {
    parser.write(xml).close();
    return join(events);
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the other refuses, and this one skips: neither is looked at. */
const SKIPPED = /processing instruction/;
/** The declaration says what the first bytes have said. */
const isDeclared = (xml: string, at: number) => xml.startsWith('<?xml') && at < xml.indexOf('?>');

const text = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r\n',
      '\r',
      '&amp;',
      '&#65;',
      '&#x1F600;',
      '&lt;',
      'é',
      '東',
      '😀',
      '>',
      "'",
      '"',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const name = fc.constantFrom('c', 'row', 'x:v', 'sheetData', 'é');
const attribute = fc
  .tuple(
    fc.constantFrom('r', 't', 'x:r', 'a-b', 'äö'),
    text,
    fc.constantFrom('"', "'"),
    fc.constantFrom('', ' '),
  )
  .map(
    ([key, value, quote, space]) => `${key}${space}=${space}${quote}${value.replaceAll(quote, '')}${quote}`,
  );
const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom('<!-- a > b -->', '<![CDATA[<b>&amp;\r\n]]>', '<?pi x="1"?>'),
    fc
      .tuple(
        name,
        fc.uniqueArray(attribute, { maxLength: 3, selector: (one) => one.split(/[ =]/, 1)[0] }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.boolean(),
      )
      .map(([tag, attributes, inner, isShort]) => {
        const opening = [tag, ...attributes].join(' ');
        return inner.length === 0 && isShort ? `<${opening}/>` : `<${opening} >${inner.join('')}</${tag} >`;
      }),
  ),
}));
const xmls = fc
  .tuple(fc.constantFrom('', '<?xml version="1.0" encoding="UTF-8"?>\n'), fc.array(node, { maxLength: 4 }))
  .map(([declaration, inner]) => `${declaration}<root>${inner.join('')}</root>\n`);
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 6 });

test('tells what another reader tells, wherever its pieces end', () => {
  fc.assert(
    fc.property(xmls, cuts, (xml, places) => {
      assert.deepEqual(read(xml, places), readAsOthers(xml), xml);
    }),
    { numRuns: runsOf(2_000, 500), seed: 20_261_130 },
  );
});

test('refuses what another reader refuses, and reads the rest alike', () => {
  const seen = { refused: 0, read: 0 };
  fc.assert(
    fc.property(
      xmls,
      cuts,
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.constantFrom(
        '',
        '<',
        '>',
        '/',
        '&',
        ';',
        '"',
        '=',
        '\0',
        '<a>',
        '</a>',
        '<!DOCTYPE x>',
        '&nope;',
        '&#0;',
      ),
      (xml, places, where, put) => {
        const at = Math.floor(where * xml.length);
        const damaged = (xml.slice(0, at) + put + xml.slice(at + 1)).toWellFormed();
        const own = read(damaged, places);
        const others = readAsOthers(damaged);
        if (typeof others === 'string') {
          seen.refused += 1;
          const mayRead = SKIPPED.test(others) || isDeclared(xml, at);
          if (typeof own !== 'string')
            assert.ok(
              mayRead,
              `${others}
${damaged}`,
            );
          return;
        }
        // A document type is XML, and no workbook has one.
        if (damaged.includes('<!DOCTYPE')) return;
        seen.read += 1;
        assert.deepEqual(own, others, damaged);
      },
    ),
    { numRuns: runsOf(4_000, 1_000), seed: 20_261_130 },
  );
  assert.ok(seen.refused > 100 && seen.read > 20, JSON.stringify(seen));
});
