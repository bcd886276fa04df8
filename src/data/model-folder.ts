import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HomebodyError } from '../domain';
import { createEmbedder, type Embedder } from '../embedder';
import { type InterestModel, loadModel, verifyFiles } from '../model';

/**
 * Loads a model folder (formats.md) from disk and checks its files against the manifest's hashes.
 * @throws HomebodyError `model-unavailable` (no such folder), `model-invalid` (truncated, wrong hash, not understood)
 */
export async function readModelFolder(path: string): Promise<InterestModel> {
  const manifestBytes = await readModelFile(path, 'model.json');
  let manifest: { files?: unknown };
  try {
    manifest = JSON.parse(manifestBytes.toString('utf8')) as typeof manifest;
  } catch (cause) {
    throw new HomebodyError('model-invalid', `${join(path, 'model.json')} is not JSON.`, {
      cause,
      remedy: 'Copy the model folder again.',
    });
  }
  const bytes = await readModelFile(path, 'weights.safetensors');
  const weights = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const model = loadModel({ manifest, weights });
  await verifyFiles(model.manifest, { 'weights.safetensors': weights });
  return model;
}

async function readModelFile(folder: string, name: string): Promise<Buffer> {
  return readFile(join(folder, name)).catch((cause) => {
    throw new HomebodyError('model-unavailable', `${folder} has no readable ${name}.`, {
      cause,
      remedy: 'Give the path of a model folder, as `homebody train --out` writes it.',
    });
  });
}

/**
 * The embedder that a model was trained with: in `folder` when given, else beside the model folder.
 * @throws HomebodyError `embedder-unavailable`
 */
export async function openEmbedder(
  model: { path: string; embedderId: string },
  options: { folder?: string; signal?: AbortSignal } = {},
): Promise<Embedder> {
  const folder = options.folder ?? join(dirname(resolve(model.path)), model.embedderId);
  const exists = await access(join(folder, 'config.json')).then(
    () => true,
    () => false,
  );
  if (!exists) {
    throw new HomebodyError('embedder-unavailable', `There is no embedder in ${folder}.`, {
      remedy: `Put the folder ${model.embedderId} beside the model folder, or name its place with --embedder.`,
    });
  }
  return createEmbedder({
    id: model.embedderId,
    read: async (path) => new Uint8Array(await readFile(join(folder, path))),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}
