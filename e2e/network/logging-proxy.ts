import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Logged {
  method: string;
  url: string;
  body: number;
  cookie: string;
}

/**
 * An HTTP proxy that the whole browser is put behind: it sees every request of every page, worker and origin. Plain
 * HTTP goes on to where it was meant for; a tunnel (https, WebSocket) is logged and refused.
 */
export class LoggingProxy {
  readonly log: Logged[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url = '', headers } = incoming;
        const body = Buffer.concat(chunks);
        this.log.push({ method, url, body: body.length, cookie: headers.cookie ?? '' });
        const onward = forward(url, { method, headers }, (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(answer);
        });
        onward.on('error', () => answer.writeHead(502).end());
        onward.end(body);
      });
    });
    this.#server.on('connect', (request, socket) => {
      this.log.push({ method: 'CONNECT', url: request.url ?? '', body: 0, cookie: '' });
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    this.#server.on('upgrade', (request, socket) => {
      this.log.push({ method: 'UPGRADE', url: request.url ?? '', body: 0, cookie: '' });
      socket.end();
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
