import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SignalError } from '@signal/contracts';

/** Encrypts and decrypts setting values. A sealed value opens only under the place it was sealed for. */
export interface Cipher {
  seal(text: string, place: string): string;
  open(sealed: string, place: string): string;
}

/** Bytes of an AES-256 key. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Returns a cipher of AES-256-GCM; sealed text is base64 of nonce, tag and ciphertext. */
export function createCipher(key: Buffer): Cipher {
  return {
    seal: (text, place) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open: (sealed, place) => {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(
          Buffer.from(place),
        );
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new SignalError(
          'config_failed',
          `the stored value of ${place} cannot be decrypted: the key file does not belong to it, or it was changed`,
          { cause },
        );
      }
    },
  };
}
