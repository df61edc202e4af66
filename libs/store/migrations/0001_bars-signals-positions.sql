-- Up Migration

-- Final bars. Times are epoch milliseconds (UTC); rev rises with each correction; n is the market entry that made the row.
CREATE TABLE bars (
  instrument text NOT NULL,
  interval text NOT NULL,
  start_ms bigint NOT NULL,
  rev integer NOT NULL,
  open double precision NOT NULL,
  high double precision NOT NULL,
  low double precision NOT NULL,
  close double precision NOT NULL,
  volume double precision NOT NULL,
  source text NOT NULL,
  session text NOT NULL DEFAULT '',
  final boolean NOT NULL,
  seq bigint NOT NULL,
  partition integer NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (instrument, interval, start_ms, rev)
);

-- Final signals of every topic but bars. An absent expression or expiry is the empty text, so that keys compare.
CREATE TABLE signals (
  topic text NOT NULL,
  instrument text NOT NULL,
  interval text NOT NULL DEFAULT '',
  expression text NOT NULL DEFAULT '',
  expiry text NOT NULL DEFAULT '',
  ts_ms bigint NOT NULL,
  rev integer NOT NULL DEFAULT 0,
  seq bigint NOT NULL,
  "values" jsonb NOT NULL,
  partition integer NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (instrument, topic, interval, expression, expiry, ts_ms, seq)
);

-- A rollback of the log takes rows back by n; the newest blocks hold the greatest.
CREATE INDEX bars_n ON bars USING brin (n);
CREATE INDEX signals_n ON signals USING brin (n);

-- How far each topic of each partition is stored; moved in the transaction that stores.
CREATE TABLE positions (
  topic text NOT NULL,
  partition integer NOT NULL,
  generation bigint NOT NULL DEFAULT 0,
  position text NOT NULL DEFAULT '0-0',
  entries bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)
);

-- Closed segments of the market log: an object each, sha256 of its bytes as stored.
CREATE TABLE segments (
  partition integer NOT NULL,
  hour_ms bigint NOT NULL,
  from_n bigint NOT NULL,
  to_n bigint NOT NULL,
  object_key text NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  entries integer NOT NULL,
  PRIMARY KEY (partition, from_n)
);

-- Pieces of the segment that is still open, so that the log is stored at every commit and not only at the end of an hour.
CREATE TABLE segment_chunks (
  partition integer NOT NULL,
  hour_ms bigint NOT NULL,
  from_n bigint NOT NULL,
  to_n bigint NOT NULL,
  entries integer NOT NULL,
  raw_bytes bigint NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (partition, from_n)
);

-- What was missing from a topic, or taken back by a rollback, and what could not be stored: never silent.
CREATE TABLE gaps (
  topic text NOT NULL,
  partition integer NOT NULL,
  generation bigint NOT NULL,
  after_id text NOT NULL,
  next_id text NOT NULL,
  reason text NOT NULL,
  detected_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE rejected_records (
  topic text NOT NULL,
  partition integer NOT NULL,
  entry_id text NOT NULL,
  index integer NOT NULL,
  reason text NOT NULL,
  rejected_at timestamptz NOT NULL DEFAULT now()
);

-- TimescaleDB where the server has it: the same tables, cut by time (a week of bars, a day of signals).
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    CREATE EXTENSION IF NOT EXISTS timescaledb;
    PERFORM create_hypertable('bars', 'start_ms', chunk_time_interval => 604800000::bigint);
    PERFORM create_hypertable('signals', 'ts_ms', chunk_time_interval => 86400000::bigint);
  END IF;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'TimescaleDB is there but cannot be used, so that bars and signals stay plain tables: %', SQLERRM;
END
$$;

-- Down Migration

DROP TABLE rejected_records, gaps, segment_chunks, segments, positions, signals, bars;
