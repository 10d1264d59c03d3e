/** What both eGain protocols share, as values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../src/core/errors.ts';
import { type Attribute, checkBody, checkQuery } from '../../../src/protocols/egain/check-request.ts';
import { fault, renderFault } from '../../../src/protocols/egain/faults.ts';
import { ANSWER_LANGUAGES, findLanguage } from '../../../src/protocols/egain/languages.ts';
import { renderError } from '../../../src/protocols/egain/render-error.ts';
import { readStatusBody } from '../../../src/protocols/egain/status-body.ts';
import { USER_MESSAGES } from '../../../src/protocols/egain/user-messages.ts';
import { Refusal } from '../../../src/protocols/wire.ts';
import { wireRequest } from './support.ts';

const WORDS = { unauthorized: '401-101', notFound: '404-100', place: 'dataSource.path' } as const;

function languageOf(header: string): string | undefined {
  return findLanguage({ headers: { 'accept-language': header } });
}

test('the language is the best liked of those that there are, in any case', () => {
  assert.equal(languageOf('fr-CA'), 'fr-CA');
  assert.equal(languageOf('DE-de'), 'de-DE');
  assert.equal(languageOf('pl-PL, it-IT;q=0.5, ja-JP;q=0.8'), 'ja-JP');
});

test('a header that names no language that there is says nothing', () => {
  for (const header of ['', '*', 'en', 'xx-XX', 'en-US;q=0', 'en-US;q=much']) {
    assert.equal(languageOf(header), undefined, header);
  }
});

test('a fault has a message for people in each language, and only if the request asks for it', () => {
  const silent = wireRequest({ headers: { 'accept-language': 'de-DE' } });
  assert.deepEqual(renderFault(fault('404-100', 'X'), silent), {
    status: 404,
    body: {
      code: '404-100',
      developerMessage: "The following IDs supplied in the URI path were not found: 'X'.",
    },
  });
  for (const language of ANSWER_LANGUAGES) {
    const headers = { 'accept-language': language, 'x-egain-error-message': 'yes' };
    const { body } = renderFault(fault('500-100'), wireRequest({ headers }));
    assert.equal((body as { userMessage: string }).userMessage, USER_MESSAGES[language].system);
  }
});

test('texts of a fault keep within the limits of the contract', () => {
  const long = 'x'.repeat(5000);
  const details = Array.from({ length: 40 }, () => ({ key: long, value: long }));
  const { body } = renderFault({ ...fault('404-100', long), details }, wireRequest());
  const { developerMessage, details: shown } = body as {
    developerMessage: string;
    details: { key: string }[];
  };
  assert.deepEqual([developerMessage.length, shown.length, shown[0]?.key.length], [2048, 30, 255]);
});

const RULES: Attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'kind'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 3, pattern: '^[a-z😀]+$' },
    kind: { type: 'string', enum: ['a', 'b'] },
    flag: { type: 'boolean' },
    port: { type: 'integer', minimum: 1, maximum: 9 },
    list: { type: 'array', minItems: 1, items: { type: 'string', enum: ['x', 'y'] } },
    inner: { type: 'object', required: ['key'], properties: { key: { type: 'string', maxLength: 2 } } },
  },
};

function faultOf(body: unknown): readonly [string, unknown] | undefined {
  try {
    checkBody(RULES, wireRequest({ body }));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    const { developerMessage, details } = error.answer.body as { developerMessage: string; details: unknown };
    return [developerMessage, details];
  }
}

const GOOD = { name: 'ab', kind: 'a' };

test('a body that keeps the rules passes, and null is absent', () => {
  assert.equal(faultOf(GOOD), undefined);
  assert.equal(faultOf({ ...GOOD, name: 'a😀😀', flag: null, inner: null, port: 9, list: ['y'] }), undefined);
});

test('missing attributes are named all at once, before what is wrong', () => {
  const missing = 'Required query parameter(s) is missing. The following parameters are required:';
  assert.equal(faultOf(undefined)?.[0], `${missing} 'name, kind'.`);
  assert.equal(faultOf({ name: null, kind: 'a', flag: 1 })?.[0], `${missing} 'name'.`);
  assert.equal(faultOf({ ...GOOD, inner: {} })?.[0], `${missing} 'inner.key'.`);
});

test('a value that is not one of those there are is 400-196, any other is 400-152', () => {
  assert.deepEqual(faultOf({ ...GOOD, kind: 'c' }), [
    'Invalid value of attribute kind, expected values are: [a, b].',
    [{ key: 'kind', value: 'a, b' }],
  ]);
  const invalid = 'Invalid value is provided in the request body for the following attribute:';
  const wrong: readonly [unknown, string][] = [
    [[], 'body'],
    ['text', 'body'],
    [{ ...GOOD, name: 7 }, 'name'],
    [{ ...GOOD, name: 'a' }, 'name'],
    [{ ...GOOD, name: 'abcd' }, 'name'],
    [{ ...GOOD, name: 'AB' }, 'name'],
    [{ ...GOOD, flag: 'true' }, 'flag'],
    [{ ...GOOD, port: 0 }, 'port'],
    [{ ...GOOD, port: 1.5 }, 'port'],
    [{ ...GOOD, list: [] }, 'list'],
    [{ ...GOOD, list: [1] }, 'list'],
    [{ ...GOOD, inner: { key: 'abc' } }, 'inner.key'],
    [{ ...GOOD, other: 1 }, 'other'],
    [JSON.parse('{"name":"ab","kind":"a","__proto__":1}'), '__proto__'],
  ];
  for (const [body, attribute] of wrong) assert.equal(faultOf(body)?.[0], `${invalid}'${attribute}'.`);
});

test('a parameter of the query that there is not is named', () => {
  const request = wireRequest({ query: new URLSearchParams('a=1&b=2&a=3') });
  assert.throws(
    () => checkQuery(request, ['b']),
    (error: unknown) =>
      error instanceof Refusal &&
      (error.answer.body as { developerMessage: string }).developerMessage ===
        "Unsupported query parameter(s) supplied: 'a'.",
  );
});

test('what is a fault of ours is 500-100, in no words of ours', () => {
  for (const error of [
    undefined,
    new AppError('config.invalid', 'secret'),
    new AppError('storage.full', 'x'),
  ]) {
    assert.deepEqual(renderError(error, wireRequest(), WORDS), {
      status: 500,
      body: {
        code: '500-100',
        developerMessage: 'System is unable to process this request. Please contact your administrator.',
      },
    });
  }
});

test('a word of theirs that is in no document is unknown, with the whole answer kept', () => {
  const body = { status: 'toString', progress: 7 };
  assert.deepEqual(readStatusBody(body, {}), { state: 'unknown', wire: 'toString', raw: body });
  assert.deepEqual(readStatusBody(null, {}), { state: 'unknown', wire: 'undefined', raw: null });
});
