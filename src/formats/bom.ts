import type { ByteWindow } from './byte-window.ts';

/**
 * Steps over a UTF-8 byte order mark at the start of the window.
 * @returns false when more bytes are needed to tell
 */
export function skipBom(window: ByteWindow, isLast: boolean): boolean {
  if (window.length < 3) return isLast;
  const { bytes, start } = window;
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) window.start += 3;
  return true;
}
