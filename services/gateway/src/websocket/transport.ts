/** The wire under a session. A session writes text, and asks how much of it still waits. */
export interface Transport {
  /** Sends the texts in one write to the socket. */
  send(texts: readonly string[]): void;
  /** Bytes that the client has not taken yet. */
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}
