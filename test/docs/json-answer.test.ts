/** What documents show of JSON answers: shortened, but never wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnswer, layOut, parseAnswer } from './json-answer.ts';

const answer = { id: 'a1', state: 'succeeded', parts: [{ part: 0, total: 5 }, { part: 1 }] };

const shows = (text: string) =>
  isAnswer(parseAnswer(text), answer, (value) => value.replaceAll(/^a\d$/g, 'ID'));

test('an answer may be shown whole, in any order, or shortened where `...` says so', () => {
  for (const text of [
    JSON.stringify(answer),
    '{ "state": "succeeded", ... }',
    '{ "parts": [ { "part": 0, ... }, ... ], ... }',
    '{ "parts": [ ... ], "state": "succeeded", "id": "a1" }',
    '{ "id": "a2", ... }',
    '{ ... }',
  ]) {
    assert.ok(shows(text), text);
  }
});

test('a value that is another, a member that is not there, and one that is left out in silence are noticed', () => {
  for (const text of [
    '{ "state": "failed", ... }',
    '{ "stat": "succeeded", ... }',
    '{ "state": "succeeded" }',
    '{ "parts": [ { "part": 0, ... } ], ... }',
    '{ "parts": [ { "part": 0 }, ... ], ... }',
    '{ "parts": { ... }, ... }',
    '[ ... ]',
  ]) {
    assert.ok(!shows(text), text);
  }
});

test('what is laid out reads as the value that it was', () => {
  const long = { ...answer, text: '} of "three" … '.repeat(20), list: Array.from({ length: 60 }, () => 7) };
  assert.deepEqual(parseAnswer(layOut(long)), long);
  assert.ok(layOut(long).split('\n').length > 5);
  assert.equal(parseAnswer('HTTP/1.1 200 OK'), undefined);
});
