import type { ParameterSpec, ParameterValue } from '../catalogue.ts';
import type { SignalError } from '../errors.ts';
import { canonical } from './canonical.ts';
import type { Cursor } from './cursor.ts';
import type { RawArgument } from './raw-argument.ts';

type Given = Readonly<{ cursor: Cursor; name: string; spec: ParameterSpec; argument: RawArgument }>;

const written = (argument: RawArgument): string => {
  if (argument.kind === 'number') return String(argument.value);
  return argument.kind === 'word' ? argument.token.text : canonical(argument.expression);
};

const refusal = ({ cursor, name, argument }: Given, must: string): SignalError =>
  cursor.fail(argument, `${name} is ${written(argument)}, and must be ${must}`);

const numberValue = (given: Given, spec: Extract<ParameterSpec, { min: number }>): number => {
  const { argument } = given;
  const kind = spec.type === 'int' ? 'a whole number' : 'a number';
  const isKind = argument.kind === 'number' && (spec.type === 'float' || Number.isInteger(argument.value));
  if (!isKind || argument.value < spec.min || argument.value > spec.max) throw refusal(given, `${kind} from ${spec.min} to ${spec.max}`);
  return argument.value + 0;
};

const movingAverage = (given: Given, values: Readonly<Record<string, string>>): number => {
  const { argument } = given;
  const found = Object.entries(values).find(([code, word]) =>
    argument.kind === 'number' ? Number(code) === argument.value : argument.kind === 'word' && word === argument.token.text,
  );
  if (found === undefined) {
    throw refusal(
      given,
      `one of ${Object.entries(values)
        .map(([code, word]) => `${code} ${word}`)
        .join(', ')}`,
    );
  }
  return Number(found[0]);
};

/** Returns the value of a parameter as its specification wants it, or throws at the argument with the bounds. */
export function parameterValue(given: Given): ParameterValue {
  const { spec, argument } = given;
  const word = argument.kind === 'word' ? argument.token.text : undefined;
  switch (spec.type) {
    case 'int':
    case 'float':
      return numberValue(given, spec);
    case 'matype':
      return movingAverage(given, spec.values);
    case 'bool':
      if (word !== 'true' && word !== 'false') throw refusal(given, 'true or false');
      return word === 'true';
    case 'enum':
      if (word === undefined || !spec.values.includes(word)) throw refusal(given, `one of ${spec.values.join(' ')}`);
      return word;
  }
}
