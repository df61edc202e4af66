import type { z } from 'zod';
import { historicalBars, historicalIndicators, historicalReading, historicalSignals } from './historical-bodies.ts';
import { deadLetter, deadLetterList } from './letter-bodies.ts';
import {
  barBody,
  readingBody,
  realtimeBars,
  realtimeChain,
  realtimeGreeks,
  realtimeIndicators,
  realtimeQuote,
  realtimeSignals,
} from './realtime-bodies.ts';
import { consumerBody, consumerList, consumerStatus, newConsumer, scalingBody } from './scaling-bodies.ts';
import { pageSchema, problemSchema } from './scalars.ts';
import {
  breakersBody,
  configStatus,
  drainOrder,
  healthBody,
  indicatorBody,
  indicatorList,
  jwksBody,
  marketStatus,
  membersBody,
  openApiBody,
  partitionMove,
  partitionMoveOrder,
  partitionsBody,
  probeBody,
  sheddingBody,
  topicsBody,
} from './system-bodies.ts';
import { tickBatch, tickReceipt } from './tick-body.ts';
import { clientMessage, serverMessage } from './websocket-messages.ts';

/** Every body of the API by the name it has in the OpenAPI document. */
export const apiBodies = {
  Problem: problemSchema,
  Page: pageSchema,
  Bar: barBody,
  Reading: readingBody,
  RealtimeBars: realtimeBars,
  RealtimeQuote: realtimeQuote,
  RealtimeIndicators: realtimeIndicators,
  RealtimeGreeks: realtimeGreeks,
  RealtimeChain: realtimeChain,
  RealtimeSignals: realtimeSignals,
  HistoricalBars: historicalBars,
  HistoricalReading: historicalReading,
  HistoricalIndicators: historicalIndicators,
  HistoricalSignals: historicalSignals,
  TickBatch: tickBatch,
  TickReceipt: tickReceipt,
  Indicator: indicatorBody,
  IndicatorList: indicatorList,
  Topics: topicsBody,
  MarketStatus: marketStatus,
  Members: membersBody,
  Partitions: partitionsBody,
  PartitionMove: partitionMove,
  PartitionMoveOrder: partitionMoveOrder,
  DrainOrder: drainOrder,
  Breakers: breakersBody,
  Shedding: sheddingBody,
  Scaling: scalingBody,
  NewConsumer: newConsumer,
  Consumer: consumerBody,
  ConsumerStatus: consumerStatus,
  ConsumerList: consumerList,
  DeadLetter: deadLetter,
  DeadLetters: deadLetterList,
  Health: healthBody,
  Probe: probeBody,
  ConfigStatus: configStatus,
  Jwks: jwksBody,
  OpenApi: openApiBody,
  ClientMessage: clientMessage,
  ServerMessage: serverMessage,
} as const satisfies Record<string, z.ZodType>;

/** Name of a body. */
export type ApiBodyName = keyof typeof apiBodies;
