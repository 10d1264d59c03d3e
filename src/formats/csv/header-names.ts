/** Names of a file without a header: `column_1`, `column_2`, … */
export function columnNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `column_${i + 1}`);
}

/**
 * Names that differ from each other, by position: a blank name becomes `column_N`, the second of two equal ones gets ` (2)`,
 * and so on. Names that differ only by case or by spaces stay as they are.
 */
export function headerNames(cells: readonly string[]): string[] {
  const taken = new Set(cells);
  const used = new Set<string>();
  return cells.map((cell, i) => {
    const wanted = cell.trim() === '' ? `column_${i + 1}` : cell;
    const isFree = !used.has(wanted) && (wanted === cell || !taken.has(wanted));
    const name = isFree
      ? wanted
      : nextFreeName(wanted, (candidate) => used.has(candidate) || taken.has(candidate));
    used.add(name);
    return name;
  });
}

function nextFreeName(name: string, isTaken: (candidate: string) => boolean): string {
  let n = 2;
  while (isTaken(`${name} (${n})`)) n += 1;
  return `${name} (${n})`;
}
