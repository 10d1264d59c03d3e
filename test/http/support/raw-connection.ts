import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that says what it likes, byte for byte, as slowly as it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything that has come so far. */
  received(): string;
  /** Resolves when the server has closed the connection. */
  readonly ended: Promise<void>;
}

export async function connectRaw(url: string, firstBytes = ''): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  // A reset is one way in which a server ends a connection.
  socket.on('error', () => {});
  // `once` would reject then.
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  socket.write(firstBytes);
  return { socket, received: () => text, ended };
}
