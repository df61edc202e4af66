export * from './postgres/copy.ts';
export * from './postgres/copy-row.ts';
export * from './postgres/migrate.ts';
export * from './postgres/postgres.ts';
