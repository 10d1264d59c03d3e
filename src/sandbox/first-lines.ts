/** What a shell needs: addresses and credentials as environment lines, and a first request in each protocol. */

import { CREDENTIALS } from './credentials.ts';
import type { Sandbox } from './open-sandbox.ts';
import { type FirstRequest, SPOKEN_PROTOCOLS } from './spoken-protocols.ts';

export interface SandboxDescription {
  readonly url: string;
  /** By name. */
  readonly environment: Readonly<Record<string, string>>;
  readonly protocols: readonly {
    readonly name: string;
    readonly title: string;
    readonly url: string;
    readonly first: FirstRequest;
  }[];
}

export function describeSandbox({ url }: Pick<Sandbox, 'url'>): SandboxDescription {
  const protocols = SPOKEN_PROTOCOLS.map(({ protocol, first }) => ({
    name: protocol.name,
    title: protocol.title,
    url: `${url}${protocol.basePaths[0]}`,
    first,
  }));
  const addresses = protocols.map((one) => [variableOf(one.name), one.url]);
  const credentials = CREDENTIALS.map(({ variable, token }) => [variable, token]);
  return {
    url,
    environment: Object.fromEntries([['WAYBILL_SANDBOX_URL', url], ...addresses, ...credentials]) as Record<
      string,
      string
    >,
    protocols,
  };
}

function variableOf(protocol: string): string {
  return `WAYBILL_SANDBOX_${protocol.toUpperCase().replaceAll('-', '_')}`;
}

/** Can be read by a shell as it is: whatever is no variable is a comment. */
export function renderSandbox({ environment, protocols }: SandboxDescription): string {
  const lines = [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${value}`),
    ...protocols.flatMap(({ name, title, first }) => [
      '#',
      `# ${title}:`,
      `# ${renderCurl(variableOf(name), first)}`,
    ]),
    '#',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function renderCurl(variable: string, { path, headers = {}, json }: FirstRequest): string {
  const [granted] = CREDENTIALS;
  const named = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  const body = json === undefined ? '' : ` --json '${JSON.stringify(json)}'`;
  return `curl -sS -i -H "authorization: bearer $${granted.variable}"${named.join('')}${body} "$${variable}${path}"`;
}
