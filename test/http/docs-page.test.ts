/** The page of API documentation: whole, safe, and readable without anything else. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { ShownDocument } from '../../src/http/docs-page/document.ts';
import { renderPage } from '../../src/http/docs-page/render-page.ts';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
let page: string;
let policy: string;
let document: ShownDocument;
before(async () => {
  api = await startApi();
  const answer = await api.call('GET', '/docs', { headers: { authorization: '' } });
  page = answer.body;
  policy = String(answer.headers['content-security-policy']);
  document = (await api.call('GET', '/openapi.json')).json<ShownDocument>();
});
after(() => api.close());

const idsOf = (text: string) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

test('every operation and every schema of the document has its place', () => {
  const ids = new Set(idsOf(page));
  const expected = [
    ...Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    ),
    ...Object.keys(document.components.schemas).map((name) => `schema-${name}`),
  ];
  assert.deepEqual(
    expected.filter((id) => !ids.has(id)),
    [],
  );
});

test('every link leads somewhere on the page, or to the document; no id occurs twice', () => {
  const ids = idsOf(page);
  assert.equal(new Set(ids).size, ids.length);
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
  const lost = links.filter((link) => link !== '/openapi.json' && !ids.includes(link.slice(1)));
  assert.deepEqual(lost, []);
});

test('it loads nothing, runs nothing, and is allowed its own style alone', () => {
  assert.doesNotMatch(page, /<(script|link|img|iframe)\b|\son\w+=|javascript:|@import|url\(/i);
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  assert.match(policy, /^default-src 'none'; /);
  assert.ok(policy.includes(`style-src 'sha256-${hash}';`));
  // The policy would refuse it.
  assert.doesNotMatch(page, / style=/);
});

test('what stands in the document is text, whatever it looks like', () => {
  const hostile = '<script>alert("1")</script>';
  const shown = renderPage({
    ...document,
    info: { ...document.info, title: hostile, description: `\`${hostile}\`` },
  });
  assert.ok(!shown.includes('<script'));
  assert.ok(shown.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;'));
});

test('every operation is shown as a command, with the token where it needs one', () => {
  const commands = page
    .split('<section class="operation"')
    .slice(1)
    .map((section) => {
      const id = /id="([^"]+)"/.exec(section)?.[1];
      return { id, command: /<pre><code>([\s\S]*?)<\/code>/.exec(section)?.[1] ?? '' };
    });
  assert.ok(commands.every(({ command }) => command.startsWith('curl ')));
  const open = commands.filter(({ command }) => !command.includes('Bearer $TOKEN')).map(({ id = '' }) => id);
  assert.deepEqual(
    open.toSorted((a, b) => a.localeCompare(b)),
    [
      'getAccessToken',
      'getAuthorizationServer',
      'getDocumentation',
      'getHealth',
      'getOpenApiDocument',
      'getOpenIdConfiguration',
      'getReadiness',
      'getTokenKeys',
      'listProtocols',
    ],
  );
});
