/** One article of `articles.json` as a record. */
import type { SourceValue } from '../../core/source-value.ts';
import { FINDINGS_FIELD, type Finding } from '../findings.ts';
import { renderMember } from '../json/json-writer.ts';
import { isNameInside } from './package-files.ts';

export type Article = ReadonlyMap<string, SourceValue>;

/** Where an article's text is: in a file of the package, by its path from `articles.json`, or in place. */
export type ContentPlace = { readonly file: string } | { readonly text: SourceValue };

const FILE_NAME = /^[^<>\n]*\.html?$/i;
const IN_CONTENT = /^(?:\.?\/)?content\/[^<>\n]+$/;

/** A path as the guide has it (`content/order-history.html`), or HTML as it is. */
export function contentPlaceOf(article: Article): ContentPlace {
  const content = article.get('content');
  if (typeof content !== 'string' || !(FILE_NAME.test(content) || IN_CONTENT.test(content))) {
    return { text: content };
  }
  return { file: content.replace(/^\.?\//, '') };
}

/** Names of the folders that hold what articles refer to. */
const RESOURCE = /(?:^|\/)((?:inline_)?resources\/.+)$/;
/** Of a name that is looked at; addresses that hold the data themselves are far longer. */
const MAX_NAME_LENGTH = 1024;
const REFERENCE = /\b(?:src|href|data|poster)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;

/** Files beside its text that an article names, in its members or in its HTML; each once. */
export function resourcesOf(article: Article, html: string | undefined): readonly string[] {
  const others = [...article].filter(([name]) => name !== 'content').flatMap(([, value]) => textsIn(value));
  const references = [...(html ?? '').matchAll(REFERENCE)].map(
    ([, double, single]) => double ?? single ?? '',
  );
  const texts = [...others.filter(isShort), ...references.filter(isShort).map(decode)];
  const names = texts.flatMap((text) => RESOURCE.exec(text)?.[1] ?? []);
  return [...new Set(names)].filter(isNameInside);
}

function isShort(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH;
}

function textsIn(value: SourceValue): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value?.kind !== 'object' && value?.kind !== 'array') return [];
  return deepTexts(JSON.parse(value.text));
}

function deepTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(deepTexts) : [];
}

/** Addresses in HTML are encoded; what is not an encoding stands as it is. */
function decode(address: string): string {
  const path = address.replace(/[?#].*$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The folder's path is in an object of its own. */
function folderOf(value: SourceValue): SourceValue {
  if (typeof value !== 'object' || value?.kind !== 'object') return value;
  const { path } = JSON.parse(value.text) as { path?: unknown };
  return typeof path === 'string' ? path : undefined;
}

/** A line of JSON: the article with its text in place, its folder as a path, and what was found; all other members as they were. */
export function renderArticle(article: Article, content: SourceValue, findings: readonly Finding[]): string {
  const members = new Map(article);
  members.delete(FINDINGS_FIELD);
  members.set('folder', folderOf(article.get('folder')));
  members.set('content', content);
  if (findings.length > 0) members.set(FINDINGS_FIELD, { kind: 'array', text: JSON.stringify(findings) });
  return `{${[...members].flatMap(([name, value]) => renderMember(name, value)).join(',')}}\n`;
}
