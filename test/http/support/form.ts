/** A multipart form as bytes, written out so that tests can break it anywhere. */
export interface FormPart {
  readonly name: string;
  readonly content: string | Buffer;
  readonly fileName?: string;
  /** Further headers of the part, or another Content-Disposition. */
  readonly headers?: Readonly<Record<string, string>>;
}

const BOUNDARY = 'waybill-test-boundary';

export function renderForm(
  parts: readonly FormPart[],
  { isWhole = true }: { isWhole?: boolean } = {},
): { body: Buffer; headers: Record<string, string> } {
  const pieces = parts.flatMap(({ name, content, fileName, headers = {} }) => {
    const disposition = `form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}`;
    const lines = Object.entries({ 'content-disposition': disposition, ...headers }).map(
      ([header, value]) => `${header}: ${value}\r\n`,
    );
    return [`--${BOUNDARY}\r\n${lines.join('')}\r\n`, content, '\r\n'];
  });
  const body = Buffer.concat(
    [...pieces, isWhole ? `--${BOUNDARY}--\r\n` : ''].map((piece) => Buffer.from(piece)),
  );
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } };
}
