import {
  type Content,
  nameOf,
  type Parameter,
  type PlacedOperation,
  type Response,
  type Schema,
  type ShownDocument,
} from './document.ts';
import { curlOf, exampleOf } from './example.ts';
import { type Html, html, renderLine, renderText } from './html.ts';
import { renderMembers, renderType } from './render-schema.ts';

export function renderOperation(document: ShownDocument, operation: PlacedOperation): Html {
  const {
    operationId,
    method,
    path,
    summary,
    description,
    parameters = [],
    requestBody,
    responses,
  } = operation;
  return html`<section class="operation" id="${operationId}">
<h3><a href="#${operationId}"><span class="method ${method.toLowerCase()}">${method}</span> <span class="path">${path}</span></a></h3>
<p class="summary">${summary}.</p>
${description === undefined ? '' : renderText(description)}
<pre><code>${curlOf(document, operation)}</code></pre>
${parameters.length > 0 ? renderParameters(parameters) : ''}
${requestBody === undefined ? '' : renderBody(requestBody)}
${renderResponses(document, responses)}
</section>
`;
}

function renderParameters(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, schema, description }) =>
      html`<tr><td><code>${name}</code>${required ? html`<b class="required" title="required">*</b>` : ''}</td><td>${place}</td><td>${renderType(schema)}</td><td>${renderLine(description ?? '')}</td></tr>`,
  );
  return html`<h4>Parameters</h4><div class="scroll"><table><thead><tr><th>name</th><th>in</th><th>type</th><th>what</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function renderBody({ required, content }: { readonly required: boolean; readonly content: Content }): Html {
  return html`<h4>Body${required ? '' : ' (may be left out)'}</h4>${Object.entries(content).map(
    ([type, { schema }]) => html`<p><code>${type}</code>: ${renderContent(schema)}</p>`,
  )}`;
}

function renderContent(schema: Schema | undefined): Html {
  if (schema === undefined) return html`anything`;
  if (schema.properties === undefined) {
    return html`${renderType(schema)}${schema.description === undefined ? '' : html`. ${renderLine(schema.description)}`}`;
  }
  return renderMembers(schema);
}

function renderResponses(document: ShownDocument, responses: PlacedOperation['responses']): Html {
  const rows = Object.entries(responses).map(([status, response]) =>
    renderResponse(document, status, response),
  );
  return html`<h4>Answers</h4><div class="scroll"><table><thead><tr><th>status</th><th>what</th><th>body</th></tr></thead><tbody>${rows}</tbody></table></div>${renderExample(document, responses)}`;
}

function renderResponse(document: ShownDocument, status: string, response: Response): Html {
  const shared =
    response.$ref === undefined ? undefined : document.components.responses[nameOf(response.$ref)];
  const { description = '', headers = {}, content = {} } = shared ?? response;
  const names = Object.entries(headers).map(([name, { required }]) =>
    required === true ? name : `${name} (sometimes)`,
  );
  const isProblem = Object.keys(content).some((type) => type.includes('problem'));
  const isBad = Number(status) >= 400;
  const body = isProblem ? html`<a href="#schema-Problem">Problem</a>` : html`${bodyTypes(content)}`;
  return html`<tr><td><span class="status${isBad ? ' bad' : ''}">${status}</span></td><td>${renderLine(description)}${
    names.length > 0 ? html`<div class="headers">${names.join(', ')}</div>` : ''
  }</td><td>${body}</td></tr>`;
}

/** Many media types of one file would say less than a few. */
function bodyTypes(content: Content): Html[] {
  const entries = Object.entries(content);
  if (entries.length > 2)
    return [
      html`a file: ${entries.map(([type], index) => html`${index > 0 ? ', ' : ''}<code>${type}</code>`)}`,
    ];
  return entries.map(([type, { schema }]) =>
    type === 'application/json' ? renderContent(schema) : html`<code>${type}</code>`,
  );
}

function renderExample(document: ShownDocument, responses: PlacedOperation['responses']): Html {
  for (const { content } of Object.values(responses)) {
    const schema = content?.['application/json']?.schema;
    if (schema === undefined) continue;
    const example = JSON.stringify(exampleOf(document, schema), null, 2);
    return html`<details><summary>Example of an answer</summary><pre><code>${example}</code></pre></details>`;
  }
  return html``;
}
