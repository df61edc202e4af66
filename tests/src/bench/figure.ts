/** Which way a figure is better. */
export type Better = 'lower' | 'higher';

/** What a figure is held against: another program measured in the same rounds, or why there is none. */
export type Rival = Readonly<{ name: string; samples: readonly number[] }> | Readonly<{ missing: string }>;

/** One measured figure, in the shape that `--json` prints. With a rival `target` bounds `ratio`, without one `value`. */
export type Figure = Readonly<{
  bench: string;
  name: string;
  value: number;
  unit: string;
  against: string | null;
  againstValue?: number;
  ratio?: number;
  /** Why there is no rival. */
  reason?: string;
  target: number | null;
  better: Better;
  /** null: there is no target, or nothing to hold it against. */
  pass: boolean | null;
  rounds: number;
  /** (largest − least) / median of the rounds. */
  spread: number;
}>;

/** What makes a figure out of the samples of its rounds. */
export type FigureOptions = Readonly<{
  bench: string;
  name: string;
  unit: string;
  better: Better;
  samples: readonly number[];
  rival: Rival;
  /** Bound of the ratio where a rival is named, of the value itself where `absolute`. */
  target?: number;
  absolute?: boolean;
}>;

const SIGNIFICANT_DIGITS = 4;

/** Returns the middle of the samples; the mean of both middles of an even number. */
export function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Returns the value below which the share `q` of the samples lies. */
export function quantileOf(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const spreadOf = (samples: readonly number[]): number => (Math.max(...samples) - Math.min(...samples)) / medianOf(samples);

const rounded = (value: number): number => Number(value.toPrecision(SIGNIFICANT_DIGITS));

const reaches = (value: number, target: number, better: Better): boolean => (better === 'lower' ? value <= target : value >= target);

/** Returns the figure of some rounds: medians, and whether the target is met. */
export function createFigure(options: FigureOptions): Figure {
  const { bench, name, unit, better, samples, rival, target, absolute = false } = options;
  const value = medianOf(samples);
  const again = 'samples' in rival && rival.samples.length > 0 ? medianOf(rival.samples) : undefined;
  const judged = absolute ? value : again === undefined ? undefined : value / again;
  return {
    bench,
    name,
    value: rounded(value),
    unit,
    ...(again === undefined || !('name' in rival)
      ? { against: null, reason: 'missing' in rival ? rival.missing : `${rival.name} gave no figure` }
      : { against: rival.name, againstValue: rounded(again), ratio: rounded(value / again) }),
    target: target ?? null,
    better,
    pass: target === undefined || judged === undefined ? null : reaches(judged, target, better),
    rounds: samples.length,
    spread: rounded(spreadOf(samples)),
  };
}
