/** Names of files as clients give them: shown to people, never part of a path. */
import type { IncomingHttpHeaders } from 'node:http';

const MAX_LENGTH = 255;
/** Control characters, and the marks that turn the direction of text: a name must not look like another. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The last component, without what cannot be seen; undefined when nothing is left. */
export function cleanFileName(name: string | undefined): string | undefined {
  const seen = name?.toWellFormed().replaceAll(UNSEEN, '');
  const last = seen?.split(/[/\\]/).at(-1)?.trim();
  if (last === undefined || last === '' || last === '.' || last === '..') return undefined;
  return last.length <= MAX_LENGTH ? last : last.slice(0, MAX_LENGTH).toWellFormed();
}

/** Of a file that is the body itself: `name` in the query, else `X-File-Name` (percent-encoded), else `Content-Disposition`. */
export function fileNameOf(headers: IncomingHttpHeaders, queryName: string | undefined): string | undefined {
  const header = [headers['x-file-name']].flat()[0];
  const name = queryName ?? (header === undefined ? undefined : decodePercent(decodeHeader(header)));
  return cleanFileName(name ?? dispositionName(headers['content-disposition']));
}

/** RFC 6266: `filename*` (RFC 8187) is preferred to `filename`. */
function dispositionName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]+)/i.exec(header);
  const [, charset, encoded = ''] = extended ?? [];
  if (charset !== undefined) {
    return charset.toLowerCase() === 'utf-8' ? decodePercent(encoded) : decodeLatin1(encoded);
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;\s]+))/i.exec(header);
  const text = plain?.[1]?.replaceAll(/\\(.)/g, '$1') ?? plain?.[2];
  return text === undefined ? undefined : decodeHeader(text);
}

/** Node gives header values as Latin-1; many clients send UTF-8. */
function decodeHeader(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function decodeLatin1(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
