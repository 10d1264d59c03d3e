/** A sandbox at a real port, and a plain client of it. */

import { TOKEN } from '../../src/sandbox/credentials.ts';
import { describeSandbox, type SandboxDescription } from '../../src/sandbox/first-lines.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import { openOwnFolder } from '../../src/sandbox/own-folder.ts';
import type { Rule } from '../../src/sandbox/scenario.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined: it is no JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever a vendor's body has
  readonly json: any;
}

export interface TestSandbox extends SandboxDescription {
  readonly folder: string;
  /** Asks for an address, or for what stands behind the address of the sandbox; as one who may do everything. */
  call(
    address: string,
    options?: { method?: string; json?: unknown; body?: FormData; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Sends the first request of a protocol. */
  start(protocol: string): Promise<Answer>;
  /** From now on these rules hold; what was counted and logged is forgotten. */
  play(...rules: Rule[]): Promise<void>;
  advance(duration: string): Promise<void>;
  /** Of the protocol, as its clients know it. */
  base(protocol: string): string;
  close(): Promise<void>;
}

export async function openTestSandbox(): Promise<TestSandbox> {
  const folder = await openOwnFolder('sandbox-test', { named: undefined, isKept: false });
  const sandbox = await openSandbox({ folder: folder.path, port: 0 });
  const described = describeSandbox(sandbox);
  const call: TestSandbox['call'] = async (address, { method = 'GET', json, body, headers } = {}) => {
    const response = await fetch(new URL(address, sandbox.url), {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  };
  const find = (name: string) => {
    const found = described.protocols.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the sandbox does not speak ${name}`);
    return found;
  };
  const control = async (path: string, json?: object) => {
    const answer = await call(`/sandbox/${path}`, { method: 'POST', ...(json !== undefined && { json }) });
    if (answer.status !== 200) throw new Error(answer.text);
  };
  return {
    ...described,
    folder: folder.path,
    call,
    start(protocol) {
      const { url, first } = find(protocol);
      const { method, path, headers, json } = first;
      return call(`${url}${path}`, { method, ...(headers && { headers }), ...(json && { json }) });
    },
    async play(...rules) {
      await control('reset');
      await control('scenario', { rules });
    },
    advance: (duration) => control('clock', { advance: duration }),
    base: (protocol) => find(protocol).url,
    async close() {
      await sandbox.stop();
      await folder.remove();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
