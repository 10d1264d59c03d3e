import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';

/** The usual body of an error. */
export interface Fault {
  readonly detailCode: string;
  readonly trackingId: string;
  readonly messages: readonly {
    readonly locale: string;
    readonly localeOrigin: string;
    readonly text: string;
  }[];
  readonly causes: readonly { readonly text: string }[];
}

/** Holds the answer to a request without `Accept-Language`. */
export function assertFault(
  answer: LightMyRequestResponse,
  status: number,
  detailCode: string,
  text: string,
): Fault {
  assert.equal(answer.statusCode, status, answer.body);
  const fault = answer.json<Fault>();
  assert.equal(fault.detailCode, detailCode);
  assert.match(fault.trackingId, /^[0-9a-f]{32}$/);
  assert.deepEqual(fault.messages, [
    { locale: 'en-US', localeOrigin: 'DEFAULT', text },
    { locale: 'und', localeOrigin: 'REQUEST', text },
  ]);
  return fault;
}
