import type { Figure } from './figure.ts';

const HEADINGS = ['figure', 'value', 'against', 'its value', 'ratio', 'target', '', 'rounds', 'spread'] as const;

const verdictOf = ({ pass }: Figure): string => (pass === null ? '' : pass ? 'met' : 'MISSED');

const targetOf = ({ target, better }: Figure): string => (target === null ? '' : `${better === 'lower' ? '≤' : '≥'} ${target}`);

const cellsOf = (figure: Figure): readonly string[] => [
  `${figure.bench} ${figure.name}`,
  `${figure.value} ${figure.unit}`,
  figure.against ?? '—',
  figure.againstValue === undefined ? '' : String(figure.againstValue),
  figure.ratio === undefined ? '' : String(figure.ratio),
  targetOf(figure),
  verdictOf(figure),
  String(figure.rounds),
  `${Math.round(figure.spread * 100)} %`,
];

/** Returns the figures as a table for people. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** Returns the figures as JSON, a line each. */
export function jsonLinesOf(figures: readonly Figure[]): string {
  return figures.map((figure) => `${JSON.stringify(figure)}\n`).join('');
}
