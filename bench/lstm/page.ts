// The bench's page: all work is in the worker; this only passes its messages to the command that opened it.
import type { Message } from '../protocol';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<Message>) => window.benchMessage?.(data);
worker.onerror = (event) => window.benchMessage?.({ type: 'failed', message: event.message });
