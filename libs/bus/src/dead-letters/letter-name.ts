import type { LetterPlace } from './dead-letter.ts';

const shape = /^([a-z-]{1,32})\/(\d{1,4})\/(\d{1,15}-\d{1,15})$/;

/** Returns the name by which the world knows a letter. */
export function letterName({ service, partition, id }: LetterPlace): string {
  return `dl_${Buffer.from(`${service}/${partition}/${id}`).toString('base64url')}`;
}

/** Returns where a letter of this name stands, or undefined when it is the name of none. */
export function letterPlace(name: string): LetterPlace | undefined {
  const [, service = '', partition = '', id = ''] = shape.exec(Buffer.from(name.slice(3), 'base64url').toString()) ?? [];
  const place = { service, partition: Number(partition), id };
  // One letter has one name: neither the base64 nor the numbers may be written in another way.
  return letterName(place) === name ? place : undefined;
}
