import type { WireRequest } from '../../../src/protocols/wire.ts';

/** A request of which only this matters. */
export function wireRequest(members: Partial<WireRequest> = {}): WireRequest {
  return {
    method: 'POST',
    url: '/content/export',
    basePath: '',
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body: undefined,
    fields: {},
    files: {},
    now: new Date('2026-05-01T00:00:00Z'),
    id: '7a84b875-6f75-4c7b-b137-0632b62db0bd',
    requestId: '5d0c1b8e-5a0e-4c44-9d0b-0a1f7a0f3c11',
    ...members,
  };
}
