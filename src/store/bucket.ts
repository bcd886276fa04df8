/** The part of the Storage Buckets API that is used (Chromium 122 and later; not in TypeScript's library yet). */
interface StorageBuckets {
  open(name: string, options?: { durability?: 'strict' | 'relaxed' }): Promise<{ indexedDB: IDBFactory }>;
  delete(name: string): Promise<void>;
}

function buckets(): StorageBuckets | undefined {
  return (globalThis.navigator as { storageBuckets?: StorageBuckets } | undefined)?.storageBuckets;
}

/** A bucket's name: lower case letters, digits, `-` and `_`, at most 64; undefined when a scope does not fit. */
function bucketName(scope: string): string | undefined {
  const name = `homebody-${scope.replace(/[^a-z0-9-]/gu, (char) => `_${char.codePointAt(0)!.toString(16)}_`)}`;
  return name.length <= 64 ? name : undefined;
}

/** IndexedDB of a scope's own storage bucket, in files of its own; undefined where there are no buckets. */
export async function openBucket(scope: string): Promise<IDBFactory | undefined> {
  const name = bucketName(scope);
  if (!name) return undefined;
  return (await buckets()?.open(name, { durability: 'strict' }))?.indexedDB;
}

/** Deletes a scope's bucket with all that is in it. */
export async function deleteBucket(scope: string): Promise<void> {
  const name = bucketName(scope);
  if (name) await buckets()?.delete(name);
}
