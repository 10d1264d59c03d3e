/** The page of a protocol shows each of its calls, with the answer: the examples themselves are run by `run-examples.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROTOCOLS } from '../../src/protocols/all-protocols.ts';
import type { ProtocolRoute } from '../../src/protocols/protocol.ts';
import { bindProtocols } from '../../src/server/open-protocols.ts';
import { BINDINGS } from '../protocols/conformance/bindings.ts';
import { readDocument } from './example-document.ts';

for (const { name, basePaths } of PROTOCOLS) {
  test(`docs/protocols/${name}.md shows each call of the protocol`, () => {
    const { steps } = readDocument(`docs/protocols/${name}.md`);
    const calls = steps.map(({ command }) => command).filter((command) => /\bcurl\b/.test(command));
    const [mounted] = bindProtocols({ [name]: BINDINGS[name] ?? {} });
    assert.ok(mounted);
    const bases = ['\\$\\w+', ...basePaths.filter((path) => path !== '')].join('|');
    const missing = mounted.bound.routes.filter(
      (route) => !calls.some((call) => isCallOf(call, bases, route)),
    );
    assert.deepEqual(
      missing.map(({ method, path }) => `${method} ${path}`),
      [],
    );
  });
}

/** `curl … "$url/beta/sp-config/export/$id"` is a call of `GET /export/:id`; so is what has a variable in place of the base path. */
function isCallOf(command: string, bases: string, { method, path }: ProtocolRoute): boolean {
  const steps = path.replaceAll(/:\w+/g, '[^/?"]+');
  return methodOf(command) === method && new RegExp(`(${bases})${steps}(?=[?"])`).test(command);
}

function methodOf(command: string): string {
  const given = / -X (\w+)/.exec(command)?.[1];
  if (given !== undefined) return given;
  return / -G /.test(command) || !/ (-d|-F|--json) /.test(command) ? 'GET' : 'POST';
}
