// The model and the 1,000 candidates that the engine is measured with: files for the bench's server.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, makeVector, parseManifest, untrainedManifest, untrainedWeights } from '../../src/model';
import { lcg } from '../../src/model/executors/golden';

/** The product's size, for when no trained model is in the repository. */
const SIZES = { embedding: 64, item: 64, hidden: 128, type: 8, input: 0 };

/** Files of the model folder: the shipped universal model, else untrained weights of the product's size. */
function modelFiles(root: string): { manifest: Uint8Array; weights: Uint8Array } {
  const folder = join(root, 'public/models/universal');
  if (existsSync(join(folder, 'model.json'))) {
    return {
      manifest: readFileSync(join(folder, 'model.json')),
      weights: readFileSync(join(folder, 'weights.safetensors')),
    };
  }
  const manifest = untrainedManifest({ id: 'bench', sizes: SIZES });
  const weights = new Uint8Array(untrainedWeights(manifest, lcg(1)));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  manifest.files = { 'weights.safetensors': { sha256, bytes: weights.length } };
  return { manifest: new TextEncoder().encode(JSON.stringify(manifest)), weights };
}

/** Paths under the server's root and their contents. The candidates' embeddings are random: the time is the same. */
export function engineFiles(root: string): Map<string, Uint8Array> {
  const { manifest, weights } = modelFiles(root);
  const model = loadModel({
    manifest: parseManifest(JSON.parse(new TextDecoder().decode(manifest))),
    weights: weights.slice().buffer,
  });
  const uniform = lcg(2);
  const items = Array.from({ length: 1000 }, (_, index) => ({
    id: `item-${index}`,
    title: `Product number ${index}`,
    brand: `Brand ${index % 40}`,
    category: `Category ${index % 12}`,
    price: 5 + (index % 90),
    prior: 1000 - index,
    vector: makeVector(
      model,
      Float32Array.from({ length: model.manifest.embedder.dimension }, () => uniform() - 0.5),
    ),
  }));
  const folder = `models/${model.manifest.id}`;
  return new Map([
    [`${folder}/model.json`, manifest],
    [`${folder}/weights.safetensors`, weights],
    ['bench-data.json', new TextEncoder().encode(JSON.stringify({ model: folder, items }))],
  ]);
}
