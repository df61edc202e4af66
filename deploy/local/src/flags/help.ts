/** What `npm start -- --help` prints. */
export const startHelp = `npm start -- [flags]
Starts the whole fleet on this machine and prints one line: READY {json}. Ctrl-C stops it.

  --port N            port of the API and the dashboard (8080)
  --data DIR          where everything is kept (.data)
  --feed FEED         replay | push | csv:PATH (replay)
  --speed N|max       event seconds a wall second (60)
  --from DATE         first day of a replay (2018-12-17; with --once 2018-12-28)
  --to DATE           last day of a replay; the market stops there
  --interval 1m       interval of a CSV of bars (1m)
  --once              replay to its end, drain, exit 0
  --partitions N      16 to 1024, fixed for the life of the data (64)
  --scale A=N,B=N     members: ingest, indicator, greeks, script-runner, archive (1)
  --no-dashboard      the API without its page
  --fresh             wipe the data directory first
  --help              this text

Given REDIS_URL, DATABASE_URL or S3_URL, it uses those instead of its own; given CONFIG_SERVICE_URL and CONFIG_SERVICE_API_KEY, the
settings come from there. Exit: 0 stopped or --once finished, 1 failure, 2 a flag is unknown or its value bad.
`;
