import type { ExportOptions } from '../../core/job.ts';
import type { ResultCompression, ResultFormat } from '../../formats/format.ts';

const MEDIA_TYPES: Readonly<Record<ResultCompression, string | undefined>> = {
  none: undefined,
  gzip: 'application/gzip',
  zstd: 'application/zstd',
  zip: 'application/zip',
};

/** Of a result file, as it is stored. */
export function resultMediaType({ compression }: ExportOptions, format: ResultFormat): string {
  return MEDIA_TYPES[compression] ?? format.mediaType;
}

/** Names of the files that one part leaves. */
export interface ResultNames {
  readonly manifest: string;
  /** By number, from 0: as it is stored, and as it is before compression. */
  readonly result: (index: number) => { readonly name: string; readonly plainName: string };
}

/**
 * @param part its place and collection, and how many parts the job has
 * @param options `fileName` stands in place of the collection's name; with several parts before it, so that files say what is in them
 */
export function resultNames(
  part: { readonly part: number; readonly collection: string; readonly parts: number },
  options: ExportOptions,
  format: ResultFormat,
): ResultNames {
  const prefix = part.parts > 1 ? `part-${part.part + 1}-` : '';
  const isSplit = options.splitRecords !== undefined || options.splitBytes !== undefined;
  const collection = part.collection.replaceAll(/[^\w.-]+/g, '_');
  const { fileName = collection } = options;
  const base = part.parts > 1 && fileName !== collection ? `${fileName}-${collection}` : fileName;
  const manifest = `${prefix}manifest.json`;
  return {
    manifest,
    result: (index) => {
      const number = isSplit ? `-${String(index + 1).padStart(4, '0')}` : '';
      // A result may be called as the manifest is.
      const asked = `${prefix}${base}${number}`;
      const stem = `${asked}.${format.extension}` === manifest ? `${asked}-0001` : asked;
      const plainName = `${stem}.${format.extension}`;
      return { plainName, name: storedName(stem, plainName, options.compression) };
    },
  };
}

function storedName(stem: string, plainName: string, compression: ResultCompression): string {
  switch (compression) {
    case 'none':
      return plainName;
    case 'gzip':
      return `${plainName}.gz`;
    case 'zstd':
      return `${plainName}.zst`;
    case 'zip':
      // The archive is no workbook, and says what is in it itself.
      return `${stem}.zip`;
  }
}
