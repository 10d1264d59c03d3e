/**
 * `Content-Disposition` for a file of this name: plain for old clients (other characters become `_`), and exact as RFC 8187 encodes it,
 * which leaves fewer characters as they are than `encodeURIComponent`. Source: RFC 6266, appendix D; RFC 8187, section 3.2.1.
 */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
