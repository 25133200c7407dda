// What a gathered statement is given: one array per column, for `unnest`.

/**
 * The values of all items, column by column.
 *
 * @example columns(rows, ({ id, name }) => [id, name]) // for unnest($1::bigint[], $2::text[])
 */
export function columns<I>(items: readonly I[], valuesOf: (item: I) => unknown[]): unknown[][] {
  const rows = items.map(valuesOf);
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));
}

/**
 * An array as the text of one: a column of arrays cannot be given as an array, because `unnest` would flatten it. In SQL
 * it is cast, `column::text[]`.
 */
export function arrayText(values: readonly string[] | null | undefined): string | null {
  return values ? `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}` : null;
}
