import { CandlestickSeries, createChart, HistogramSeries, LineSeries } from './lightweight-charts.js';
import { read } from './api.js';
import { element, fixed, showState } from './format.js';

const HISTORY = 500;
const RETRY_MS = 5_000;
const lineColours = ['#4f8cff', '#f59e0b', '#a855f7', '#14b8a6'];
const sourceWords = {
  bridged: 'Recorded daily prices, synthetic intraday path.',
  recorded: 'Recorded daily prices.',
  synthetic: 'Synthetic prices.',
  live: 'Live prices.',
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seconds = (tMs) => Math.floor(tMs / 1000);

const themed = () => ({
  layout: { background: { color: 'transparent' }, textColor: colour('--soft'), attributionLogo: false, panes: { separatorColor: colour('--line') } },
  grid: { vertLines: { color: colour('--line') }, horzLines: { color: colour('--line') } },
  rightPriceScale: { borderColor: colour('--line') },
  timeScale: { borderColor: colour('--line'), timeVisible: true },
});

/** A series that ignores what is older than its newest point, which the library refuses. */
const forward = (series) => {
  let newest = -Infinity;
  return {
    set(points) {
      series.setData(points);
      newest = points.at(-1)?.time ?? -Infinity;
    },
    update(point) {
      if (point.time < newest) return;
      newest = point.time;
      series.update(point);
    },
  };
};

const pointOf = (time, number) => (typeof number === 'number' ? { time, value: number } : { time });
const isData = ({ type }) => type === 'snapshot' || type === 'update';

/** Reads all that a chart begins with. The live route starts what nobody had asked for, and says the canonical forms. */
const readChart = async ({ instrument: asked, interval, indicators }) => {
  const now = await read(`/api/v2/realtime/indicators/${asked}`, { interval, indicators });
  const { instrument } = now;
  const expressions = Object.keys(now.indicators);
  const [bars, readings] = await Promise.all([
    read(`/api/v2/historical/bars/${instrument}`, { interval, limit: HISTORY }),
    read(`/api/v2/historical/indicators/${instrument}`, { interval, indicators: expressions.join(','), limit: HISTORY }),
  ]);
  const outputsOf = (expression) => Object.keys(readings.data.at(-1)?.values[expression] ?? now.indicators[expression].closed.data);
  return {
    instrument,
    interval,
    bars: bars.data,
    readings: readings.data,
    panes: expressions.map((expression) => ({ expression, outputs: outputsOf(expression) })),
  };
};

class ChartPanel {
  #card;
  #live;
  #undo = [];
  #shown = 0;

  constructor(card, live) {
    this.#card = card;
    this.#live = live;
  }

  async show(wanted) {
    this.clear();
    const mine = this.#shown;
    showState(this.#card, 'loading', `Loading ${wanted.instrument} ${wanted.interval} …`);
    try {
      const content = await readChart(wanted);
      if (mine === this.#shown) this.#draw(content);
    } catch (problem) {
      if (mine !== this.#shown) return;
      showState(this.#card, problem.status === 404 ? 'empty' : 'error', problem.message);
      // What is refused stays refused; what is not there yet, or away, is asked for again.
      if (problem.status === 400 || problem.status === 403) return;
      const timer = setTimeout(() => this.show(wanted), RETRY_MS);
      this.#undo.push(() => clearTimeout(timer));
    }
  }

  clear() {
    this.#shown += 1;
    for (const each of this.#undo.splice(0)) each();
    this.#find('#legend').replaceChildren();
    this.#find('#last-price').textContent = '';
    this.#find('#chart-source').textContent = '';
  }

  #find(selector) {
    return this.#card.querySelector(selector);
  }

  #draw({ instrument, interval, bars, readings, panes }) {
    const chart = this.#createChart();
    const [up, down] = [colour('--up'), colour('--down')];
    const candles = forward(
      chart.addSeries(CandlestickSeries, { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false }),
    );
    candles.set(bars.map(({ ts, open, high, low, close }) => ({ time: seconds(Date.parse(ts)), open, high, low, close })));
    const newest = bars.at(-1);
    if (newest === undefined) showState(this.#card, 'empty', `No bars of ${instrument} ${interval} yet.`);
    else this.#showBar(candles, Date.parse(newest.ts), newest);
    panes.forEach(({ expression, outputs }, position) => {
      const lines = outputs.map((output, index) => this.#addLine(chart, { expression, output, pane: position + 1, index: index + position }));
      for (const { output, line, value } of lines) {
        line.set(readings.map((row) => pointOf(seconds(Date.parse(row.ts)), row.values[expression]?.[output])));
        value.textContent = fixed(readings.at(-1)?.values[expression]?.[output]);
      }
      this.#follow(`indicators:${instrument}:${interval}:${expression}`, (message) => this.#takeReading(lines, message));
    });
    this.#follow(`bars:${instrument}:${interval}`, (message) => this.#takeBar(candles, message));
    chart.panes()[0]?.setStretchFactor(3);
    chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, bars.length - 120), to: bars.length + 5 });
  }

  #createChart() {
    const chart = createChart(this.#find('#chart'), { autoSize: true, ...themed() });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const retheme = () => chart.applyOptions(themed());
    dark.addEventListener('change', retheme);
    this.#undo.push(() => {
      dark.removeEventListener('change', retheme);
      chart.remove();
    });
    return chart;
  }

  #addLine(chart, { expression, output, pane, index }) {
    const isBars = /hist/i.test(output);
    const tint = lineColours[index % lineColours.length];
    const options = { priceLineVisible: false, lastValueVisible: true, color: isBars ? `${tint}66` : tint, ...(isBars ? {} : { lineWidth: 2 }) };
    const swatch = element('span', { className: 'swatch' });
    swatch.style.background = tint;
    const value = element('b', { text: '–' });
    const item = element('li');
    item.append(swatch, `${expression}${output === expression.split('(')[0] ? '' : ` ${output}`} `, value);
    this.#find('#legend').append(item);
    return { output, value, line: forward(chart.addSeries(isBars ? HistogramSeries : LineSeries, options, pane)) };
  }

  #follow(topic, onMessage) {
    this.#undo.push(this.#live.subscribe(topic, onMessage, 20));
  }

  #takeReading(lines, message) {
    if (!isData(message)) return;
    for (const { output, line, value } of lines) {
      line.update(pointOf(seconds(message.tsMs), message.data[output]));
      value.textContent = fixed(message.data[output]);
    }
  }

  #takeBar(candles, message) {
    const { state } = this.#card.dataset;
    if (isData(message)) this.#showBar(candles, message.tsMs, message.data);
    if (message.type === 'stale' && (state === 'ready' || state === 'stale')) showState(this.#card, message.stale ? 'stale' : 'ready');
    if (message.type === 'refused') showState(this.#card, 'error', message.problem.detail);
  }

  #showBar(candles, tMs, { open, high, low, close, source }) {
    candles.update({ time: seconds(tMs), open, high, low, close });
    const price = this.#find('#last-price');
    price.textContent = fixed(close);
    price.className = `price ${close >= open ? 'up' : 'down'}`;
    this.#find('#chart-source').textContent = sourceWords[source] ?? '';
    showState(this.#card, 'ready');
  }
}

/** Returns the page's chart: candles above, a pane for each indicator below, live by the socket. */
export function createChartPanel(card, live) {
  return new ChartPanel(card, live);
}
