/** What a shell needs: addresses and credentials as environment lines, and a first request in each dialect. */

import { CREDENTIALS } from './credentials.ts';
import type { Sandbox } from './open-sandbox.ts';
import { type FirstRequest, SPOKEN_DIALECTS } from './spoken-dialects.ts';

export interface SandboxDescription {
  readonly url: string;
  /** By name. */
  readonly environment: Readonly<Record<string, string>>;
  readonly dialects: readonly {
    readonly name: string;
    readonly title: string;
    readonly url: string;
    readonly first: FirstRequest;
  }[];
}

export function describeSandbox({ url }: Pick<Sandbox, 'url'>): SandboxDescription {
  const dialects = SPOKEN_DIALECTS.map(({ dialect, first }) => ({
    name: dialect.name,
    title: dialect.title,
    url: `${url}${dialect.basePaths[0]}`,
    first,
  }));
  const addresses = dialects.map((one) => [variableOf(one.name), one.url]);
  const credentials = CREDENTIALS.map(({ variable, token }) => [variable, token]);
  return {
    url,
    environment: Object.fromEntries([['WAYBILL_SANDBOX_URL', url], ...addresses, ...credentials]) as Record<
      string,
      string
    >,
    dialects,
  };
}

function variableOf(dialect: string): string {
  return `WAYBILL_SANDBOX_${dialect.toUpperCase().replaceAll('-', '_')}`;
}

/** Can be read by a shell as it is: whatever is no variable is a comment. */
export function renderSandbox({ environment, dialects }: SandboxDescription): string {
  const lines = [
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${value}`),
    ...dialects.flatMap(({ name, title, first }) => [
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
