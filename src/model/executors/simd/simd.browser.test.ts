import { describe } from 'vitest';
import { conformance } from '../conformance';
import { createSimdExecutor } from './executor';

describe('simd', () => {
  conformance(createSimdExecutor);
});
