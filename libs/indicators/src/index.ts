export { catalogue, definitionOf } from './catalogue.ts';
export { compileExpression } from './compile-expression.ts';
export * from './compute-batch.ts';
export type { BarColumns, Cost, Definition, InputName, Kernel, Step } from './definition.ts';
export { catalogueVersion } from './generated-definitions.ts';
export { requireOwnBars } from './own-bars.ts';
export { barFields } from './program.ts';
export type { Series } from './series.ts';
