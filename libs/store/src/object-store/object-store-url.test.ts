import { describe, expect, it } from '@jest/globals';
import { parseObjectStoreUrl } from './object-store-url.ts';

describe('parseObjectStoreUrl', () => {
  it('reads every part', () => {
    expect(parseObjectStoreUrl('https://key:s%2Fcret@objects.example.com/signal?region=eu-west-1')).toEqual({
      host: 'objects.example.com',
      port: 443,
      isTls: true,
      accessKey: 'key',
      secretKey: 's/cret',
      bucket: 'signal',
      region: 'eu-west-1',
    });
  });

  it.each(['', 'signal', 'ftp://k:s@host/signal', 'http://k:s@host/', 'http://k:s@host/UPPER', 'http://host/signal'])('refuses "%s"', (text) => {
    expect(() => parseObjectStoreUrl(text)).toThrow(expect.objectContaining({ code: 'setting_invalid' }));
  });

  it('never names the secret', () => {
    expect(() => parseObjectStoreUrl('http://key:hunter2@host/NO')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
