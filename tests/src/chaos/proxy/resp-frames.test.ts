import { describe, expect, it } from '@jest/globals';
import { commandOf, createFrameSplitter } from './resp-frames.ts';

const request = '*3\r\n$7\r\nevalsha\r\n$2\r\n\r\n\r\n$1\r\n0\r\n';
const values = ['+OK\r\n', '$-1\r\n', '*-1\r\n', ':5\r\n', '*2\r\n$3\r\na\r\n\r\n*1\r\n$0\r\n\r\n', '-ERR no\r\n', request];

describe('a stream of RESP values', () => {
  it.each([1, 2, 3, 7, 1_000])('is cut at the same places when it comes in pieces of %i bytes', (size) => {
    const splitter = createFrameSplitter();
    const bytes = Buffer.from(values.join(''));
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...splitter.take(bytes.subarray(at, at + size)).map(String));
    expect(found).toEqual(values);
    expect(splitter.rest().length).toBe(0);
  });

  it('names the command of a request, however it is spelled', () => {
    expect(commandOf(Buffer.from(request))).toBe('EVALSHA');
  });
});
