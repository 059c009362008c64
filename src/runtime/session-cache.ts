/**
 * Compiles a program once a process. Sessions in use are shared by all who ask for the same bytes, options and
 * weights; a few released ones without weights are kept, since they cost time to make and next to no memory.
 */

/** What is cached: anything that can be released. */
interface Releasable {
  readonly release: () => Promise<void>;
}

interface Entry<Session> {
  readonly session: Promise<Session>;
  users: number;
}

export interface CacheRequest {
  /** Equal for equal programs, options and weights. */
  readonly key: string;
  /** Whether the session holds weights, so that keeping it idle would hold their memory. */
  readonly heavy: boolean;
}

export type SessionCache<Session> = (request: CacheRequest, make: () => Promise<Session>) => Promise<Session>;

/** `share` gives a user's own handle on a session, whose release tells the cache. */
export function createSessionCache<Session extends Releasable>(
  share: (session: Session, release: () => Promise<void>) => Session,
  { idle = 8 }: { readonly idle?: number } = {},
): SessionCache<Session> {
  const entries = new Map<string, Entry<Session>>();

  const leave = async (key: string, heavy: boolean): Promise<void> => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entry.users--;
    if (entry.users > 0) return;
    // Put last: the map's order is the order of release.
    entries.delete(key);
    if (heavy) return (await entry.session).release();
    entries.set(key, entry);
    const unused = [...entries].filter(([, { users }]) => users === 0);
    for (const [old, { session }] of unused.slice(0, Math.max(0, unused.length - idle))) {
      entries.delete(old);
      await (await session).release();
    }
  };

  return async ({ key, heavy }, make) => {
    const entry = entries.get(key) ?? { session: make(), users: 0 };
    entries.set(key, entry);
    entry.users++;
    let held = true;
    try {
      return share(await entry.session, async () => {
        if (held) await leave(key, heavy);
        held = false;
      });
    } catch (error) {
      entries.delete(key);
      throw error;
    }
  };
}
