import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { HomebodyError } from '../domain';

export interface DatabaseOptions {
  /** File of the database; absent: in memory. */
  path?: string;
  /** Where what does not fit into memory goes. */
  spill?: string;
  /** DuckDB's own bound, for example `2GB`; the process needs some 300 MB beside it. */
  memory?: string;
  threads?: number;
  signal?: AbortSignal;
}

/** What a query gives for a value once 64-bit numbers are plain numbers. */
export type Cell = string | number | boolean | null;

/**
 * One connection to an in-process DuckDB, which is loaded when it is first needed: the package is an optional
 * dependency of 68 MB. Nothing is fetched from the network (extensions are not installed), and every query ends soon
 * after the signal does.
 */
export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws HomebodyError `dependency-missing` where `@duckdb/node-api` is not installed or has no build for this machine */
  static async open(options: DatabaseOptions = {}): Promise<Database> {
    const duckdb = await import('@duckdb/node-api').catch((cause: unknown) => {
      throw new HomebodyError(
        'dependency-missing',
        'This needs DuckDB, which is not installed or does not start here.',
        {
          cause,
          remedy: 'npm install @duckdb/node-api (an optional dependency of homebody, left out by --omit=optional).',
        },
      );
    });
    const instance = await duckdb.DuckDBInstance.create(options.path ?? ':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(options.threads ? { threads: String(options.threads) } : {}),
      ...(options.memory ? { memory_limit: options.memory } : {}),
      ...(options.spill ? { temp_directory: options.spill } : {}),
    });
    const connection = await instance.connect();
    // Without these DuckDB does not know how far it is; it must not print it.
    await connection.run('SET enable_progress_bar = true');
    await connection.run('SET enable_progress_bar_print = false');
    return new Database(instance, connection, options.signal);
  }

  /**
   * Runs one statement.
   * @param onProgress told the share done, 0..1, now and then, where DuckDB knows it
   * @throws HomebodyError `aborted`; else what DuckDB throws
   */
  async run(sql: string, onProgress?: (share: number) => void): Promise<void> {
    await this.guarded(() => this.connection.run(sql), onProgress);
  }

  /** All rows of a query whose result is small. */
  async all<T extends Record<string, Cell>>(sql: string): Promise<T[]> {
    const rows = await this.guarded(async () => (await this.connection.runAndReadAll(sql)).getRowObjectsJS());
    return rows.map((row) => plainRow(row) as T);
  }

  /** The one row of a query. */
  async one<T extends Record<string, Cell>>(sql: string): Promise<T> {
    const [row] = await this.all<T>(sql);
    if (!row) throw new HomebodyError('internal', `No row from ${sql}`);
    return row;
  }

  /** Rows of a result of any size, a chunk (some 2,048 rows) at a time. */
  async *stream(sql: string): AsyncGenerator<Cell[][]> {
    const result = await this.guarded(() => this.connection.stream(sql));
    for await (const rows of result.yieldRowsJs()) {
      this.check();
      yield rows.map((row) => row.map(plain));
    }
  }

  dispose(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  private async guarded<T>(work: () => Promise<T>, onProgress?: (share: number) => void): Promise<T> {
    this.check();
    // An interrupt that comes before the statement runs is lost: it is said again until the statement ends.
    const timer = setInterval(() => {
      if (this.signal?.aborted) this.connection.interrupt();
      else if (onProgress) {
        const { percentage } = this.connection.progress;
        if (percentage > 0) onProgress(Math.min(1, percentage / 100));
      }
    }, 200);
    try {
      return await work();
    } catch (error) {
      this.check();
      if (/out of memory/i.test(String(error))) {
        throw new HomebodyError('invalid-input', 'DuckDB needs more memory for this than it was given.', {
          cause: error,
          remedy: 'Give more with --memory 4GB, or fewer --threads; each works in memory of its own.',
        });
      }
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  private check(): void {
    if (this.signal?.aborted) throw new HomebodyError('aborted', 'Interrupted.');
  }
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path as the literal that DuckDB's readers take for this one file, not for a pattern. */
export function fileLiteral(path: string): string {
  return literal(path.replace(/[[*?]/g, '[$&]'));
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function plain(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? String(value) : (value as Cell);
}

function plainRow(row: Record<string, unknown>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}
