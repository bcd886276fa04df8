/** Rows of equal keys as an aligned text table; numbers to the right. */
export function table(rows: readonly Record<string, string | number>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => names.map((name) => String(row[name] ?? '')));
  const width = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]!.length)));
  const right = names.map((name) =>
    rows.every((row) => typeof row[name] === 'number' || !Number.isNaN(Number(row[name]))),
  );
  const line = (row: string[]): string =>
    row
      .map((cell, at) => (right[at] ? cell.padStart(width[at]!) : cell.padEnd(width[at]!)))
      .join('  ')
      .trimEnd();
  return [line(names), ...cells.map(line)].join('\n');
}
