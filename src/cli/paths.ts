import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The models and embedders that the package ships: two folders up from src/cli as from dist/cli. */
export function shippedModels(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'public', 'models');
}

/** The universal model among them. */
export function shippedModel(): string {
  return join(shippedModels(), 'universal');
}
