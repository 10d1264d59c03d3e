/** A package of articles, in the form of eGain's data import guide, as records. */
import { AppError } from '../../core/errors.ts';
import type { SourceValue } from '../../core/source-value.ts';
import { type Finding, type Remark, renderRemark } from '../findings.ts';
import type { ReadLimits } from '../format.ts';
import { readArrayMember } from '../json/read-array-member.ts';
import { contentPlaceOf, renderArticle, resourcesOf } from './article-record.ts';
import { knowledgeKindsOf } from './knowledge-kinds.ts';
import { isNameInside, type PackageFiles } from './package-files.ts';

/** The address may be that of the package, of a folder around it, or of a part of it. */
const ARTICLES_FOLDERS = [
  'package/knowledgehub/articles/',
  'knowledgehub/articles/',
  'articles/',
  '',
] as const;
/** The guide has the first one, some of its examples the second. Where both are there the first one counts. */
const ARTICLES_FILES = ['articles.json', 'article.json'] as const;
/** In the folder around that of the articles: of the current guide, and of older ones. */
const KNOWLEDGE_FILES = ['knowledgehub.json', 'knowledge.json'] as const;

/** Beside `articles.json`: what articles are made of. Everything else in a package is not looked at. */
const CONTENT_FOLDERS = ['content', 'inline_resources', 'resources'];

/**
 * A line of JSON for each article: its name, the path of its folder, its HTML, and its other members as they are. One article at a time.
 *
 * A text that is not there, too long or no UTF-8 is an error of its record; whatever else an article refers to is not carried over, and a
 * warning says so for each file. So does a remark, behind the articles, for each file of content that none of them names, and for each kind
 * of things that the package has beside articles.
 *
 * @throws AppError `source.unsupported` for what is not a package, `source.unreadable` for `articles.json` that cannot be read
 */
export async function* readPackage(files: PackageFiles, limits: ReadLimits): AsyncGenerator<Uint8Array> {
  const { folder, name, bytes } = await openArticles(files);
  let unused: Set<string> | undefined;
  for await (const article of readArrayMember(asDocument(bytes), 'articles', limits)) {
    unused ??= await listContent(files, folder);
    const findings: Finding[] = [];
    const content = await readContent();
    const html = typeof content === 'string' ? content : undefined;
    for (const file of resourcesOf(article, html)) {
      unused.delete(file);
      findings.push({ severity: 'warning', code: 'file.not_carried', params: { file } });
    }
    yield Buffer.from(renderArticle(article, content, findings));

    async function readContent(): Promise<SourceValue> {
      const place = contentPlaceOf(article);
      if ('text' in place) return place.text;
      unused?.delete(place.file);
      const found = await readText(files, folder, place.file, limits.maxRecordBytes);
      if (typeof found === 'string') return found;
      findings.push({ severity: 'error', field: 'content', ...found });
      return undefined;
    }
  }
  unused ??= await listContent(files, folder);
  const other = ARTICLES_FILES[1];
  if (name !== other && (await isThere(files, folder + other))) unused.add(other);
  for (const file of [...unused].toSorted()) {
    yield Buffer.from(renderRemark({ code: 'file.unused', params: { file } }));
  }
  for (const remark of await remarksOnKnowledge(files, folder, limits))
    yield Buffer.from(renderRemark(remark));
}

async function isThere(files: PackageFiles, name: string): Promise<boolean> {
  const bytes = await files.open(name);
  if (bytes === undefined) return false;
  for await (const _ of bytes) break;
  return true;
}

/** Nothing but articles is imported, so everything else that is described is told, kind by kind. */
async function remarksOnKnowledge(
  files: PackageFiles,
  folder: string,
  { maxRecordBytes }: ReadLimits,
): Promise<readonly Remark[]> {
  if (folder === '') return [];
  const around = folder.slice(0, -'articles/'.length);
  const remarks: Remark[] = [];
  for (const file of KNOWLEDGE_FILES) {
    const text = await readText(files, around, file, maxRecordBytes);
    if (typeof text !== 'string' && text.code === 'file.missing') continue;
    const kinds = typeof text === 'string' ? knowledgeKindsOf(text) : undefined;
    if (kinds === undefined) remarks.push({ code: 'file.not_carried', params: { file } });
    for (const { kind, count } of kinds ?? []) {
      remarks.push({ code: 'file.kind_not_carried', params: { file, kind, count } });
    }
  }
  return remarks;
}

/** Paths from `articles.json`, as articles name them. */
async function listContent(files: PackageFiles, folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const each of CONTENT_FOLDERS) {
    for await (const name of files.list(folder + each)) names.add(`${each}/${name}`);
  }
  return names;
}

async function openArticles(
  files: PackageFiles,
): Promise<{ folder: string; name: string; bytes: AsyncIterable<Uint8Array> }> {
  for (const folder of ARTICLES_FOLDERS) {
    for (const name of ARTICLES_FILES) {
      const bytes = await files.open(folder + name);
      if (bytes !== undefined) return { folder, name, bytes };
    }
  }
  const missing = ARTICLES_FOLDERS[0] + ARTICLES_FILES[0];
  throw new AppError(
    'source.unsupported',
    `The source is not a package: the file ${missing} is missing. A package is a folder or a ZIP archive.`,
  );
}

const BOM = Buffer.from('\uFEFF');
const OPEN_ARRAY = 0x5b;

/** The articles may be in an array of their own, without the object around it. */
async function* asDocument(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isArray: boolean | undefined;
  for await (const piece of bytes) {
    if (isArray !== undefined) {
      yield piece;
      continue;
    }
    const text = Buffer.from(piece);
    const rest = text.subarray(0, BOM.length).equals(BOM) ? text.subarray(BOM.length) : text;
    const first = rest.find((byte) => byte > 0x20);
    if (first !== undefined) {
      isArray = first === OPEN_ARRAY;
      if (isArray) yield Buffer.from('{"articles":');
    }
    yield rest;
  }
  if (isArray === true) yield Buffer.from('}');
}

/** The text of a file, or why there is none. */
async function readText(
  files: PackageFiles,
  folder: string,
  file: string,
  limit: number,
): Promise<string | Pick<Finding, 'code' | 'params'>> {
  const bytes = isNameInside(file) ? await files.open(folder + file) : undefined;
  if (bytes === undefined) return { code: 'file.missing', params: { file } };
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of bytes) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > limit) return { code: 'file.too_long', params: { file, limit } };
    pieces.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    return { code: 'file.bad_encoding', params: { file } };
  }
}
