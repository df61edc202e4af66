import { canonical, type Expression, type IndicatorExpression, parseExpression } from '@signal/contracts';
import { catalogue, definitionOf } from './catalogue.ts';
import type { Kernel } from './definition.ts';
import { requireOwnBars } from './own-bars.ts';
import { BAR_REGISTERS, barFields, priceMeans } from './program.ts';
import { createSeries, type Series } from './series.ts';

type PlannedStage = Readonly<{ kernel: Kernel; reads: readonly number[]; firstRegister: number; outputs: readonly string[]; warmup: number }>;
type Plan = { stages: Map<string, PlannedStage>; registers: number };
/** A register, and the first bar at which it has a value. */
type Signal = Readonly<{ register: number; warmup: number }>;

const barRegisters: readonly string[] = [...barFields, ...priceMeans];

const planStage = (plan: Plan, expression: IndicatorExpression): PlannedStage => {
  const { output: _output, ...whole } = expression;
  const key = canonical(whole);
  const known = plan.stages.get(key);
  if (known !== undefined) return known;
  const definition = definitionOf(expression.id);
  const inputs = definition.inputs.map((name, index): Signal => {
    const source = expression.sources[index];
    return source === undefined ? { register: barRegisters.indexOf(name), warmup: 0 } : planSource(plan, source);
  });
  const stage: PlannedStage = {
    kernel: definition.create(expression.params),
    reads: inputs.map((input) => input.register),
    firstRegister: plan.registers,
    outputs: definition.entry.outputs,
    warmup: Math.max(...inputs.map((input) => input.warmup)) + definition.warmup(expression.params),
  };
  plan.registers += stage.outputs.length;
  plan.stages.set(key, stage);
  return stage;
};

const planSource = (plan: Plan, source: Expression): Signal => {
  if (source.kind === 'price') return { register: barRegisters.indexOf(source.price), warmup: 0 };
  const stage = planStage(plan, source);
  const output = source.output === undefined ? 0 : stage.outputs.indexOf(source.output);
  return { register: stage.firstRegister + output, warmup: stage.warmup };
};

/**
 * Returns the series that computes an expression over the bars of one instrument and interval, or throws `expression_invalid`.
 * Equal parts of the expression are computed once.
 */
export function compileExpression(expression: IndicatorExpression | string, pointer = ''): Series {
  const parsed = requireOwnBars(typeof expression === 'string' ? parseExpression(expression, catalogue, pointer) : expression, pointer);
  const plan: Plan = { stages: new Map(), registers: BAR_REGISTERS };
  const root = planStage(plan, parsed);
  const outputs = parsed.output === undefined ? root.outputs : [parsed.output];
  return createSeries({
    canonical: canonical(parsed),
    outputs,
    warmup: root.warmup,
    stages: [...plan.stages.values()],
    registers: plan.registers,
    outputRegisters: outputs.map((name) => root.firstRegister + root.outputs.indexOf(name)),
  });
}
