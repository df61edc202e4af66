import type { Signal } from '@signal/contracts';

/** A message of one topic, framed once; subscribers with the same `prevSeq` are sent the same text. */
export interface Frame {
  readonly topic: string;
  readonly seq: number;
  readonly tsMs: number;
  /** A newer one may take its place before it is sent. */
  readonly isConflatable: boolean;
  update(prevSeq: number): string;
  snapshot(epoch: number): string;
}

/** What a frame is made of. `mustDeliver` = never conflated: finals and script signals. */
export type FrameParts = Readonly<Pick<Signal, 'seq' | 'tsMs' | 'final'> & { topic: string; data: unknown; mustDeliver: boolean }>;

/** Returns the frame of a message. */
export function createFrame({ topic, seq, tsMs, final, data, mustDeliver }: FrameParts): Frame {
  const tail = `,"tsMs":${tsMs},"final":${final},"data":${JSON.stringify(data)}}`;
  const name = JSON.stringify(topic);
  let framedFor = -1;
  let framed = '';
  return {
    topic,
    seq,
    tsMs,
    isConflatable: !mustDeliver,
    update(prevSeq) {
      if (prevSeq !== framedFor) {
        framedFor = prevSeq;
        framed = `{"type":"update","topic":${name},"seq":${seq},"prevSeq":${prevSeq}${tail}`;
      }
      return framed;
    },
    snapshot: (epoch) => `{"type":"snapshot","topic":${name},"epoch":${epoch},"seq":${seq}${tail}`,
  };
}
