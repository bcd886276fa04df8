import { HomebodyError } from '../domain';
import { type InterestModel, loadModel, parseManifest, verifyFiles } from '../model';

const WEIGHTS = 'weights.safetensors';
/** A model folder larger than this is not one of ours. */
const MAX_BYTES = 64 * 2 ** 20;

/** `folder` with exactly one slash at its end, without query and hash. */
export function folderUrl(folder: string): string {
  const url = new URL(folder);
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/*$/, '/');
  return url.href;
}

/** Where a model's own embedder is: beside the model's folder. */
export function embedderUrl(modelUrl: string, embedderId: string): string {
  return new URL(`../${encodeURIComponent(embedderId)}/`, folderUrl(modelUrl)).href;
}

async function get(url: string, fetcher: typeof fetch, signal?: AbortSignal): Promise<Response> {
  const remedy = `Check that ${url} is served, with CORS when it is on another origin.`;
  let response: Response;
  try {
    response = await fetcher(url, { signal, credentials: 'omit' });
  } catch (cause) {
    if (signal?.aborted) throw new HomebodyError('aborted', 'Loading the model was aborted.', { cause });
    throw new HomebodyError('model-unavailable', `${url} cannot be fetched.`, { cause, remedy });
  }
  if (!response.ok) throw new HomebodyError('model-unavailable', `${url} answered ${response.status}.`, { remedy });
  if (Number(response.headers.get('content-length')) > MAX_BYTES) {
    throw new HomebodyError('model-invalid', `${url} is larger than ${MAX_BYTES} bytes.`);
  }
  return response;
}

/**
 * Fetches a model folder, checks every file against the hashes of `model.json` and makes the model.
 * Rejects with `model-unavailable` (not there), `model-invalid` (truncated, other hash, other format) or `aborted`.
 */
export async function fetchModel(folder: string, fetcher: typeof fetch, signal?: AbortSignal): Promise<InterestModel> {
  const base = folderUrl(folder);
  // Both at once: the weights' address is fixed, so the second need not wait for the first.
  const [manifest, weights] = await Promise.all([
    get(`${base}model.json`, fetcher, signal).then(async (response) => {
      const text = await response.text();
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new HomebodyError('model-invalid', `${base}model.json is not JSON.`, { cause });
      }
    }),
    get(`${base}${WEIGHTS}`, fetcher, signal).then((response) => response.arrayBuffer()),
  ]).catch((error) => {
    if (error instanceof HomebodyError) throw error;
    throw new HomebodyError('model-unavailable', `${base} could not be read to its end.`, { cause: error });
  });
  if (globalThis.crypto?.subtle === undefined) {
    throw new HomebodyError('model-unavailable', 'Hashes cannot be checked outside a secure context.', {
      remedy: 'Serve the shop over https.',
    });
  }
  await verifyFiles(parseManifest(manifest), { [WEIGHTS]: weights });
  return loadModel({ manifest, weights });
}
