import type { Series } from '@signal/indicators';

const FIRST_SLOTS = 4;

/** All slots of one expression in one slab, side by side, whatever instrument and interval they belong to. */
export class PlanGroup {
  readonly series: Series;
  slab: Float64Array;
  #slots = 0;
  readonly #free: number[] = [];

  constructor(series: Series) {
    this.series = series;
    this.slab = new Float64Array(FIRST_SLOTS * series.stride);
  }

  /** Slots in use. */
  get used(): number {
    return this.#slots - this.#free.length;
  }

  /** Returns where a fresh slot begins in the slab. The slab may have moved. */
  allocate(): number {
    const { stride } = this.series;
    const at = this.#free.pop() ?? stride * this.#slots++;
    if (at + stride > this.slab.length) {
      const wider = new Float64Array(2 * this.slab.length);
      wider.set(this.slab);
      this.slab = wider;
    }
    this.series.reset(this.slab, at);
    return at;
  }

  release(at: number): void {
    this.#free.push(at);
  }
}
