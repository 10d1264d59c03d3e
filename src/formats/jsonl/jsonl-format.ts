import { createFindingsReader } from '../findings.ts';
import type { Format, ReadOptions, RecordReader } from '../format.ts';
import { jsonDialect } from '../json/json-format.ts';
import { objectRenderer } from '../json/json-writer.ts';
import { JsonlReader } from './jsonl-reader.ts';

/** One JSON object per line. */
export const jsonlFormat: Format = {
  name: 'jsonl',
  mediaType: 'application/x-ndjson',
  extension: 'jsonl',
  isTyped: true,
  createReader(options) {
    const { hasFindings } = jsonDialect('jsonl', options.dialect);
    return hasFindings === true ? createFindingsReader(createReader, options) : createReader(options);
  },
  createWriter: (options) => {
    const dialect = jsonDialect('jsonl', options.dialect);
    const render = objectRenderer(options.fields);
    return {
      begin: () => (dialect.hasBom ? '\uFEFF' : ''),
      record: (values) => `${render(values)}\n`,
      end: () => '',
    };
  },
};

function createReader(options: ReadOptions): RecordReader {
  return new JsonlReader(jsonDialect('jsonl', options.dialect), options);
}
