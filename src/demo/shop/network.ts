/** What this page sent, counted where it is sent. Requests of the engine's worker are counted by the server. */
export interface NetworkMeter {
  /** Bodies of `fetch`, `XMLHttpRequest` and `sendBeacon` since the page was opened, in bytes. */
  bodyBytes(): number;
  /** Requests of this page by the browser's own record, and those that went to another origin. */
  requests(): { total: number; elsewhere: number };
}

/** Wraps the ways in which a page can send a body. To be called before anything else runs. */
export function meterNetwork(target: Window & typeof globalThis): NetworkMeter {
  let bytes = 0;
  let total = 0;
  let elsewhere = 0;
  const count = (body: unknown) => {
    bytes += size(body);
  };

  const hostFetch = target.fetch;
  target.fetch = (input, init) => {
    count(init?.body);
    // The body of a Request object is a stream of unknown length: counted as one byte so that it cannot hide.
    if (input instanceof Request && input.body) bytes += 1;
    return hostFetch.call(target, input, init);
  };
  const hostBeacon = target.navigator.sendBeacon;
  target.navigator.sendBeacon = (url, data) => {
    count(data);
    return hostBeacon.call(target.navigator, url, data);
  };
  const hostSend = target.XMLHttpRequest.prototype.send;
  target.XMLHttpRequest.prototype.send = function (body) {
    count(body);
    hostSend.call(this, body as XMLHttpRequestBodyInit | null);
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name.startsWith('data:')) continue;
      total++;
      if (new URL(entry.name).origin !== target.location.origin) elsewhere++;
    }
  }).observe({ type: 'resource', buffered: true });

  return { bodyBytes: () => bytes, requests: () => ({ total, elsewhere }) };
}

function size(body: unknown): number {
  if (body === null || body === undefined) return 0;
  if (typeof body === 'string') return new TextEncoder().encode(body).length;
  if (body instanceof Blob) return body.size;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  return new TextEncoder().encode(String(body)).length;
}
