// Medians, tables, and what was measured on.
import { cpus } from 'node:os';

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {{ postgres: string, sync: boolean }} run */
export function describeMachine({ postgres, sync }) {
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    node: process.version,
    postgres,
    sync,
  };
  const durability = sync ? 'fsync on, as in production' : 'fsync off';
  const text = `${facts.date}, ${facts.cores} × ${facts.processor}, Node ${facts.node}, PostgreSQL ${postgres} (${durability})`;
  return { facts, text };
}

/** A table of aligned columns: the first to the left, the others to the right. @param {string[][]} rows */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (/** @type {string[]} */ row) =>
    row.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0]))).join('  ');
  return rows.map(line).join('\n');
}

/** @param {number} value */
export function round(value) {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
