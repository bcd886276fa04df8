import { HomebodyError } from '../domain';
import { startTag } from './start';

const script = document.currentScript as HTMLScriptElement | null;
try {
  if (!script)
    throw new HomebodyError('invalid-input', 'homebody.js is a classic script; import homebody.mjs instead.');
  startTag(window, script);
} catch (error) {
  console.warn(error);
}
