/**
 * Counts what a page is about to write: open transactions, and what is sealed or summed up for one.
 *
 * A hand that reloads waits a moment; a driver does not, and what it typed last may still be on its way to the disk. Each step of
 * a write begins as the one before it ends, so a count of nothing that lasts for some turns of the loop means that all is written.
 */
(() => {
  let open = 0;
  const counted = (promise) => {
    open += 1;
    const end = () => (open -= 1);
    promise.then(end, end);
    return promise;
  };
  for (const step of ["encrypt", "decrypt", "digest", "generateKey"]) {
    const real = globalThis.SubtleCrypto?.prototype[step];
    if (!real) continue; // an address that is not secure
    SubtleCrypto.prototype[step] = function (...what) {
      return counted(real.apply(this, what));
    };
  }
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...what) {
    const one = real.apply(this, what);
    void counted(new Promise((resolve) => {
      one.addEventListener("complete", resolve);
      one.addEventListener("abort", resolve);
    }));
    return one;
  };
  Object.defineProperty(window, "writesUnderWay", { get: () => open });
})();
