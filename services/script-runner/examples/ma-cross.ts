import { defineSignal } from '@signal/sdk';

/** Buys when the fast moving average crosses above the slow one, sells when it crosses below. */
export default defineSignal({
  name: 'ma-cross',
  inputs: { symbol: 'INDEX:SPX' },
  timeframe: '1m',
  warmup: 20,
  params: { fast: 5, slow: 20 },
  state: () => ({ trades: 0 }),
  onBar(ctx) {
    if (!ctx.warm) return;
    const fast = ctx.indicators.sma(ctx.params.fast);
    const slow = ctx.indicators.sma(ctx.params.slow);
    const isUp = ctx.indicators.crossover(fast, slow, 'cross');
    const isDown = ctx.indicators.crossunder(fast, slow, 'cross');
    if (!isUp && !isDown) return;
    ctx.state.trades += 1;
    ctx.emit({ side: isUp ? 'buy' : 'sell', strength: Math.min(1, Math.abs(fast / slow - 1) * 1000), tag: `trade ${ctx.state.trades}` });
  },
});
