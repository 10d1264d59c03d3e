import { listSettings } from './settings.ts';

/**
 * JSON Schema 2020-12 of `waybill.config.json`, for editors.
 *
 * @param known schemas of settings whose shape is known elsewhere, by key
 */
export function renderConfigSchema(known: Readonly<Record<string, object>> = {}): Record<string, unknown> {
  const root = objectSchema();
  root.properties['$schema'] = { type: 'string' };
  for (const { key, setting } of listSettings()) {
    const names = key.split('.');
    const last = names.pop() ?? key;
    let level = root;
    for (const name of names) level = (level.properties[name] ??= objectSchema()) as ObjectSchema;
    level.properties[last] = {
      ...(known[key] ?? setting.schema),
      description: `${setting.doc} Default: ${setting.fallbackText}.`,
    };
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Waybill',
    ...root,
  };
}

interface ObjectSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<string, unknown>;
}

function objectSchema(): ObjectSchema {
  return { type: 'object', additionalProperties: false, properties: {} };
}

/** The table of docs/configuration.md. */
export function renderSettingsTable(): string {
  const rows = listSettings().map(
    ({ key, variable, setting }) =>
      `| \`${key}\` | \`${variable}\` | ${setting.fallbackText} | ${setting.doc}${setting.isSecret ? ' A secret: never printed.' : ''} |`,
  );
  return ['| setting | variable | default | what it is |', '|---|---|---|---|', ...rows].join('\n');
}
