import { expect, test } from 'vitest';
import { errorFrame, HomebodyError, reviveError } from './index';

test('an error keeps code and remedy across a worker boundary', () => {
  const frame = structuredClone(
    errorFrame(new HomebodyError('timeout', 'slow', { remedy: 'wait', cause: new Error('x') })),
  );
  const back = reviveError(frame);
  expect(back).toBeInstanceOf(HomebodyError);
  expect([back.code, back.message, back.remedy]).toEqual(['timeout', 'slow', 'wait']);
});
