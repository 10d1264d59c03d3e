/** What every protocol must do, whatever it speaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { assert as assertProperty, jsonValue, property } from 'fast-check';
import { AppError, ERROR_CODES, type ErrorCode } from '../../../src/core/errors.ts';
import type { Job } from '../../../src/core/job.ts';
import { renderProtocolDocument } from '../../../src/http/mount/protocol-document.ts';
import { PROTOCOLS } from '../../../src/protocols/all-protocols.ts';
import type { ProtocolRoute } from '../../../src/protocols/protocol.ts';
import { Refusal, type WireAnswer, type WireRequest } from '../../../src/protocols/wire.ts';
import { bindProtocols } from '../../../src/server/open-protocols.ts';
import { createWireCheck, type OpenApiDocument, type WireCheck } from '../../support/wire/check-exchange.ts';
import { BINDINGS } from './bindings.ts';
import { NOW, sampleJobs } from './sample-jobs.ts';
import { TINY } from './tiny-protocol.ts';

for (const protocol of [...PROTOCOLS, TINY]) {
  const { name } = protocol;
  const binding = BINDINGS[name];
  assert.ok(binding, `${name} has no binding in test/protocols/conformance/bindings.ts`);
  const [mounted] = bindProtocols({ [name]: binding }, [...PROTOCOLS, TINY]);
  assert.ok(mounted);
  const { bound } = mounted;
  const document = renderProtocolDocument(mounted);
  const check = createWireCheck(document as unknown as OpenApiDocument);

  test(`${name}: its document is valid OpenAPI, says a validator of other people`, async () => {
    const result = await new Validator().validate({ ...structuredClone(document) });
    assert.deepEqual(result, { valid: true });
  });

  for (const kind of protocol.capabilities.kinds) {
    test(`${name}: every state of ${kind} jobs is shown as documented, and read back as it was meant`, () => {
      const differences = sampleJobs(kind).flatMap((job) => {
        const shown = protocol.basePaths.flatMap((basePath) => statusOf(bound.routes, job, basePath));
        assert.ok(shown.length > 0, `no route shows the status of ${kind} jobs`);
        return shown.flatMap(({ route, answer }) => {
          const read = protocol.readStatus(answer.body);
          assert.deepEqual(read, protocol.projectStatus(job, NOW), `${route.path}, ${job.state}`);
          assert.notEqual(read.state, 'unknown');
          return checkAnswer(check, route, answer);
        });
      });
      assert.deepEqual(differences, []);
    });
  }

  test(`${name}: every error of ours is answered as one that is documented`, () => {
    const differences = bound.routes.flatMap((route) =>
      [undefined, ...ERROR_CODES]
        .filter((code) => canMeet(route, code))
        .flatMap((code) => {
          const error = code === undefined ? undefined : new AppError(code, 'A text for people.');
          const answer = bound.renderError(error, requestTo(route), route.operation.operationId);
          assert.ok(answer.status >= 400, `${code} is answered with ${answer.status}`);
          assert.doesNotMatch(JSON.stringify(answer.body), /undefined|NaN/, `${code} of ${route.path}`);
          return checkAnswer(check, route, answer).map((difference) => `${code ?? 'a bug'}: ${difference}`);
        }),
    );
    assert.deepEqual([...new Set(differences)], []);
  });

  test(`${name}: a path that leads nowhere is answered without a word about us`, () => {
    const [route] = bound.routes;
    assert.ok(route);
    const error = new AppError('request.not_found', 'There is nothing at GET /nowhere.');
    const answer = bound.renderError(error, requestTo(route), undefined);
    // Emarsys says of methods that it has not: 501.
    assert.ok(answer.status >= 400 && answer.status !== 500);
    assert.doesNotMatch(JSON.stringify(answer.body), /waybill|request\.not_found/i);
  });

  test(`${name}: whatever a server answers, it is read; what is not known is kept whole`, () => {
    assertProperty(
      property(jsonValue(), (body) => {
        const view = protocol.readStatus(body);
        if (view.state === 'unknown') assert.deepEqual(view.raw, body);
      }),
    );
    // No text can be made of the last of them.
    const words = ['Dreaming', 99, null, { toString: 0 }];
    for (const word of words.flatMap((status) => [{ status }, { jobStatus: status }, { data: { status } }])) {
      assert.equal(protocol.readStatus(word).state, 'unknown');
      assert.deepEqual(protocol.readStatus(word).raw, word);
    }
  });
}

/** Some errors come up where files are sent, or jobs are started, alone. */
function canMeet({ operation, path, method }: ProtocolRoute, code: ErrorCode | undefined): boolean {
  const types = Object.keys(operation.answers[200]?.content ?? {});
  if (code === 'request.range_not_satisfiable') return types.some((type) => type !== 'application/json');
  if (code === 'job.too_many_running') return method === 'POST' || path.endsWith('/export');
  return true;
}

interface Shown {
  readonly route: ProtocolRoute;
  readonly answer: WireAnswer;
}

/** What the routes that show a job of this kind say of it. */
function statusOf(routes: readonly ProtocolRoute[], job: Job, basePath: string): Shown[] {
  return routes
    .filter(({ method, path }) => method === 'GET' && path.includes(':'))
    .flatMap((route) =>
      [job.id, String(job.number)].flatMap((name): Shown[] => {
        const request = { ...requestTo(route, name), basePath };
        try {
          const command = route.handle(request);
          if (command.do !== 'show' || !command.kinds.includes(job.kind)) return [];
          return [{ route, answer: command.answer(job) }];
        } catch (error) {
          // The protocol names jobs in the other way.
          if (error instanceof Refusal || error instanceof AppError) return [];
          throw error;
        }
      }),
    );
}

function requestTo(route: ProtocolRoute, name = '4790'): WireRequest {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => [parameter, name] as const);
  return {
    method: route.method,
    url: addressOf(route, name),
    basePath: '',
    params: Object.fromEntries(names),
    query: new URLSearchParams(),
    headers: { 'accept-language': 'en-US' },
    body: undefined,
    fields: {},
    files: {},
    now: NOW,
    id: '0b2c7f60-9a5e-4f3c-8d21-6f1b2f7f9a11',
    requestId: '9d0c1b8e-5a0e-4c44-9d0b-0a1f7a0f3c11',
  };
}

function addressOf(route: ProtocolRoute, name: string): string {
  return route.path.replaceAll(/:\w+/g, name);
}

const ADDED = /(x-ratelimit-\w+|request-id|cache-control).*is missing/i;

function checkAnswer(check: WireCheck, route: ProtocolRoute, answer: WireAnswer): string[] {
  const json = answer.body === undefined ? undefined : JSON.stringify(answer.body);
  const headers = {
    ...answer.headers,
    'x-request-id': 'r',
    ...(json !== undefined && { 'content-type': answer.mediaType ?? 'application/json' }),
  };
  const differences = check({
    method: route.method,
    url: addressOf(route, '4790'),
    status: answer.status,
    headers,
    sizeBytes: Buffer.byteLength(json ?? ''),
    ...(json !== undefined && { json }),
  });
  // Headers that the mount adds to every answer are not the protocol's to give here.
  return differences.filter((difference) => !ADDED.test(difference));
}
