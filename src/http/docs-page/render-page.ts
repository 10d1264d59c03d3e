import { createHash } from 'node:crypto';
import { listOperations, type PlacedOperation, type ShownDocument } from './document.ts';
import { type Html, html, renderLine, renderText } from './html.ts';
import { renderOperation } from './render-operation.ts';
import { renderNamedSchema } from './render-schema.ts';
import { STYLE } from './style.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The page loads nothing and runs nothing: its own style is all that is allowed. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const SET_UP = `URL=http://127.0.0.1:8140
TOKEN=$(cat waybill-data/token)`;

/** The document as a page for people: one file, no script, readable without the internet. */
export function renderPage(document: ShownDocument): string {
  const { info, tags, components } = document;
  const operations = listOperations(document);
  const groups = tags
    .map((tag) => ({
      ...tag,
      operations: operations.filter((operation) => operation.tags.includes(tag.name)),
    }))
    .filter((group) => group.operations.length > 0);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<nav aria-label="Operations"><details open><summary>${info.title} API</summary>
${groups.map((group) => renderGroupLinks(group))}
<h2><a href="#schemas">Schemas</a></h2>
<ul>${Object.keys(components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul>
</details></nav>
<main>
<h1>${info.title} API <small>version ${info.version}</small></h1>
${renderText(info.description)}
<p>The commands below take the server and its token from the shell. This page for programs: <a href="/openapi.json">openapi.json</a>.</p>
<pre><code>${SET_UP}</code></pre>
${groups.map(
  (group) => html`<h2 id="${anchorOf(group.name)}">${group.name}</h2><p>${renderLine(group.description)}</p>
${group.operations.map((operation) => renderOperation(document, operation))}`,
)}
<h2 id="schemas">Schemas</h2><p>The parts of bodies, by name. <b class="required">*</b> is always there.</p>
${Object.entries(components.schemas).map(([name, schema]) => renderNamedSchema(name, schema))}
</main>
</body>
</html>
`;
  return page.html;
}

function renderGroupLinks({
  name,
  operations,
}: {
  name: string;
  operations: readonly PlacedOperation[];
}): Html {
  return html`<h2><a href="#${anchorOf(name)}">${name}</a></h2>
<ul>${operations.map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`)}</ul>
`;
}

function anchorOf(name: string): string {
  return `group-${name.toLowerCase().replaceAll(' ', '-')}`;
}
