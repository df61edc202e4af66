import { CandlestickSeries, createChart, HistogramSeries, LineSeries } from './lightweight-charts.js';
import { read } from './api.js';
import { element, fixed, showState } from './format.js';

const HISTORY = 500;
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

/** Returns the page's chart: candles above, a pane for each indicator below, live by the socket. */
export function createChartPanel(card, live) {
  const host = card.querySelector('#chart');
  const legend = card.querySelector('#legend');
  const price = card.querySelector('#last-price');
  const source = card.querySelector('#chart-source');
  let undo = [];
  let shown = 0;

  const addLine = (chart, { expression, output, pane, index }) => {
    const isBars = /hist/i.test(output);
    const tint = lineColours[index % lineColours.length];
    const options = { priceLineVisible: false, lastValueVisible: true, color: tint, ...(isBars ? {} : { lineWidth: 2 }) };
    const item = element('li');
    const swatch = element('span', { className: 'swatch' });
    swatch.style.background = tint;
    const value = element('b', { text: '–' });
    item.append(swatch, `${expression}${output === expression.split('(')[0] ? '' : ` ${output}`} `, value);
    legend.append(item);
    return { line: forward(chart.addSeries(isBars ? HistogramSeries : LineSeries, options, pane)), value };
  };

  const pointOf = (time, number) => (typeof number === 'number' ? { time, value: number } : { time });

  const showBar = (candles, tMs, bar) => {
    candles.update({ time: seconds(tMs), open: bar.open, high: bar.high, low: bar.low, close: bar.close });
    price.textContent = fixed(bar.close);
    price.className = `price ${bar.close >= bar.open ? 'up' : 'down'}`;
    source.textContent = sourceWords[bar.source] ?? '';
    showState(card, 'ready');
  };

  const clear = () => {
    for (const each of undo) each();
    undo = [];
    legend.replaceChildren();
    price.textContent = '';
    source.textContent = '';
  };

  const subscribeBars = (topic, candles) => {
    const onMessage = (message) => {
      if (message.type === 'snapshot' || message.type === 'update') showBar(candles, message.tsMs, message.data);
      if (message.type === 'stale' && card.dataset.state !== 'loading' && card.dataset.state !== 'empty') showState(card, message.stale ? 'stale' : 'ready');
      if (message.type === 'refused') showState(card, 'error', message.problem.detail);
    };
    return live.subscribe(topic, onMessage, 20);
  };

  const subscribeIndicator = (topic, lines) =>
    live.subscribe(
      topic,
      (message) => {
        if (message.type !== 'snapshot' && message.type !== 'update') return;
        for (const [output, number] of Object.entries(message.data)) {
          const target = lines[output];
          target?.line.update(pointOf(seconds(message.tsMs), number));
          if (target !== undefined) target.value.textContent = fixed(number);
        }
      },
      20,
    );

  const draw = ({ instrument, interval, bars, readings, expressions }) => {
    const chart = createChart(host, { autoSize: true, ...themed() });
    undo.push(() => chart.remove());
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const retheme = () => chart.applyOptions(themed());
    dark.addEventListener('change', retheme);
    undo.push(() => dark.removeEventListener('change', retheme));
    const [up, down] = [colour('--up'), colour('--down')];
    const candles = forward(chart.addSeries(CandlestickSeries, { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false }));
    candles.set(bars.map(({ ts, open, high, low, close }) => ({ time: seconds(Date.parse(ts)), open, high, low, close })));
    const newest = bars.at(-1);
    if (newest !== undefined) showBar(candles, Date.parse(newest.ts), newest);
    expressions.forEach((expression, position) => {
      const outputs = Object.keys(readings.at(-1)?.values[expression] ?? {});
      const lines = Object.fromEntries(outputs.map((output, index) => [output, addLine(chart, { expression, output, pane: position + 1, index: index + position })]));
      for (const output of outputs) {
        lines[output].line.set(readings.map((row) => pointOf(seconds(Date.parse(row.ts)), row.values[expression]?.[output])));
        lines[output].value.textContent = fixed(readings.at(-1)?.values[expression]?.[output]);
      }
      undo.push(subscribeIndicator(`indicators:${instrument}:${interval}:${expression}`, lines));
    });
    undo.push(subscribeBars(`bars:${instrument}:${interval}`, candles));
    const panes = chart.panes();
    panes[0]?.setStretchFactor(3);
    chart.timeScale().setVisibleLogicalRange({ from: Math.max(0, bars.length - 120), to: bars.length + 5 });
  };

  return {
    async show({ instrument, interval, indicators }) {
      shown += 1;
      const mine = shown;
      clear();
      showState(card, 'loading', `Loading ${instrument} ${interval} …`);
      try {
        // The live route starts what nobody had asked for, and says the canonical forms.
        const now = await read(`/api/v2/realtime/indicators/${instrument}`, { interval, indicators });
        const expressions = Object.keys(now.indicators);
        const [bars, readings] = await Promise.all([
          read(`/api/v2/historical/bars/${now.instrument}`, { interval, limit: HISTORY }),
          read(`/api/v2/historical/indicators/${now.instrument}`, { interval, indicators: expressions.join(','), limit: HISTORY }),
        ]);
        if (mine !== shown) return;
        if (bars.data.length === 0) showState(card, 'empty', `No bars of ${now.instrument} ${interval} yet.`);
        const readingRows = readings.data.length > 0 ? readings.data : [{ ts: new Date(0).toISOString(), values: Object.fromEntries(expressions.map((one) => [one, now.indicators[one].closed.data])) }];
        draw({ instrument: now.instrument, interval, bars: bars.data, readings: readingRows, expressions });
      } catch (problem) {
        if (mine === shown) showState(card, problem.status === 404 ? 'empty' : 'error', problem.message);
      }
    },
    clear,
  };
}
