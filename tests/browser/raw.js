async (words) => {
  // What somebody finds who reads the disk and has no key: which of these words, how many rows where, how many keys that open
  // anything. Bytes are read in every way a text may lie in them.
  const found = new Set();
  const rows = {};
  let keys = 0;
  const parts = words.map((word) => [
    word,
    [new TextEncoder().encode(word), Uint8Array.from(word, (each) => each.charCodeAt(0))],
  ]);
  const wide = (word) => new Uint8Array(Uint16Array.from(word, (each) => each.charCodeAt(0)).buffer);
  for (const [word, ways] of parts) ways.push(wide(word));
  const latin = (bytes) => {
    let text = "";
    for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
    return text;
  };
  // Two characters in four bytes stand in any megabyte of noise; six bytes do not.
  const needles = parts.flatMap(([word, ways]) =>
    ways.filter((way) => way.length >= 6).map((way) => [word, latin(way)]),
  );
  const look = (value) => {
    if (typeof value === "string") for (const word of words) if (value.includes(word)) found.add(word);
    if (value instanceof CryptoKey) keys += value.type === "secret" ? 1 : 0;
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const text = latin(new Uint8Array(value.buffer ?? value));
      for (const [word, needle] of needles) if (text.includes(needle)) found.add(word);
    } else if (value && typeof value === "object")
      for (const [name, part] of Object.entries(value)) [name, part].forEach(look);
  };
  for (const { name } of (await indexedDB.databases()).filter(({ name }) => name.startsWith("fieldsvc"))) {
    const asked = indexedDB.open(name);
    const db = await new Promise((given, failed) =>
      Object.assign(asked, { onsuccess: () => given(asked.result), onerror: failed }),
    );
    for (const table of db.objectStoreNames) {
      const all = db.transaction(table).objectStore(table).getAll();
      await new Promise((given, failed) => Object.assign(all, { onsuccess: given, onerror: failed }));
      const aside = all.result.filter(({ key }) => key !== "set_aside"); // noise
      rows[table] = (rows[table] ?? 0) + aside.length;
      look(aside);
    }
    db.close();
  }
  look({ ...localStorage });
  const kept = await caches.keys();
  for (const name of kept) look((await (await caches.open(name)).keys()).map(({ url }) => url));
  return { found: [...found], rows, keys, caches: kept.length };
};
