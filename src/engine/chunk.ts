import { type HomebodyCode, HomebodyError } from '../domain';

/** Code that is loaded only when needed; rejects with `code` where its file does not load. */
export async function chunk<T>(loading: Promise<T>, code: HomebodyCode, what: string): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    const remedy = 'Serve the chunks folder beside engine.js, from the same build.';
    throw new HomebodyError(code, `The code ${what} did not load.`, { cause, remedy });
  }
}
