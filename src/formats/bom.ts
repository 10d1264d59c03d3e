import type { ByteWindow } from './byte-window.ts';

/**
 * Steps over a UTF-8 byte order mark at the start of the window, or several: each program that a file went through may have added one.
 * @returns false when more bytes are needed to tell
 */
export function skipBom(window: ByteWindow, isLast: boolean): boolean {
  const { bytes } = window;
  while (window.length >= 3) {
    const { start } = window;
    if (bytes[start] !== 0xef || bytes[start + 1] !== 0xbb || bytes[start + 2] !== 0xbf) return true;
    window.start += 3;
  }
  return isLast;
}
