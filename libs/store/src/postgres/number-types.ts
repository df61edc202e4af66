import pg from 'pg';

const INT8 = 20;

const wholeNumber = (text: string): number => Number(text);

/** How replies become values: as `pg` does it, but `bigint` as a number, since ours (epoch milliseconds, sequences) stay below 2^53. */
export const numberTypes: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => (id === INT8 ? wholeNumber : (pg.types.getTypeParser(id, format) as (text: string) => unknown)),
};
