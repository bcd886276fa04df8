import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The universal model that the package ships: two folders up from src/cli as from dist/cli. */
export function shippedModel(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'public', 'models', 'universal');
}
