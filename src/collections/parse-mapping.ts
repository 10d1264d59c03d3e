import { didYouMean } from '../core/did-you-mean.ts';
import { AppError } from '../core/errors.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { Collection } from './collection.ts';
import { jsonKind, ObjectReader, type Problem } from './definition-reader.ts';
import type { MappedField, Mapping } from './mapping.ts';

const KNOWN = ['field', 'source', 'constant', 'default', 'trim', 'valueMap', 'otherwise'];

/**
 * A mapping as it comes with a job: `{fields: [{field, source}, …], ignore?}`.
 * @throws AppError `request.invalid` whose `details.errors` lists every problem as `{path, message}`
 */
export function parseMapping(json: unknown, collection: Collection): Mapping {
  const problems: Problem[] = [];
  if (jsonKind(json) !== 'object')
    problems.push({ path: '$', message: `expected an object, got ${jsonKind(json)}` });
  const root = new ObjectReader(jsonKind(json) === 'object' ? (json as object) : {}, '$', problems);
  root.refuseUnknown(['fields', 'ignore']);
  const names = collection.fields.map((field) => field.name);
  const seen = new Set<string>();
  const fields = root.objects('fields').map((written) => {
    const mapped = readMappedField(written);
    if (!names.includes(mapped.field)) {
      written.report(
        'field',
        `${collection.name} has no field "${mapped.field}"${didYouMean(mapped.field, names)}`,
      );
    }
    if (seen.has(mapped.field)) written.report('field', `"${mapped.field}" is mapped twice`);
    seen.add(mapped.field);
    return mapped;
  });
  const mapping = { fields, ignore: root.texts('ignore') ?? [] };
  if (problems.length === 0) return mapping;
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
  throw new AppError('request.invalid', `The mapping is not valid:\n${listed}`, {
    details: { errors: problems },
  });
}

function readMappedField(written: ObjectReader): MappedField {
  written.refuseUnknown(KNOWN);
  const isNull = written.get('constant') === null;
  if (written.has('source') === written.has('constant')) {
    written.report(undefined, 'expected either "source" or "constant"');
  }
  return omitUndefined({
    field: written.text('field') ?? '',
    source: written.text('source'),
    constant: isNull ? null : written.text('constant'),
    default: written.text('default'),
    trim: written.flag('trim'),
    valueMap: readValueMap(written.object('valueMap')),
    otherwise: written.oneOf('otherwise', ['keep', 'error']),
  });
}

function readValueMap(written: ObjectReader | undefined): Record<string, string | null> | undefined {
  const entries = written?.names.map((name): [string, string | null] => {
    return [name, written.get(name) === null ? null : (written.text(name) ?? '')];
  });
  return entries && Object.fromEntries(entries);
}
