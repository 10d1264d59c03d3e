/**
 * JSON for a jsonb parameter, of texts that may come from a user's file: PostgreSQL stores neither NUL nor half a surrogate pair, so
 * they are shown as `␀` and U+FFFD. Not for what must come back as it was.
 */
export function renderJsonb(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'string') return storable(member);
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).map(([name, inner]) => [storable(name), inner]));
  });
}

function storable(text: string): string {
  return text.replaceAll('\0', '␀').toWellFormed();
}
