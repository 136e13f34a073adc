/**
 * Room on this phone's disk: the browser's promise to keep what we store, and how much of it there is.
 *
 * Asks the browser and decides nothing. Invariant: a browser that does not answer is no fault.
 */

/**
 * Ask the browser not to evict our data (lesson 3); some browsers decide only after a while, some fail instead of refusing.
 *
 * @returns {Promise<boolean>}
 */
export async function askForPersistence() {
  const { storage } = globalThis.navigator ?? {};
  if (!storage?.persist) return false;
  try {
    return (await storage.persisted()) || (await storage.persist());
  } catch {
    return false;
  }
}

/**
 * Say how much room there is.
 *
 * @returns {Promise<{usage: number, quota: number, persisted: boolean}>} bytes; 0 where the browser does not say
 */
export async function roomOnDisk() {
  const { storage } = globalThis.navigator ?? {};
  const room = await storage?.estimate?.().catch(() => undefined);
  const persisted = await storage?.persisted?.().catch(() => undefined);
  return { usage: room?.usage ?? 0, quota: room?.quota ?? 0, persisted: persisted ?? false };
}
