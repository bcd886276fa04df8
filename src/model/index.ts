/** The mathematics, pure: typed arrays in, typed arrays out. Clocks, storage and randomness are passed in. */
export * from './executor';
export * from './executors';
export * from './manifest';
