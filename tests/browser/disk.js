async () => {
  // Everything of one user on this phone, opened with its own key. Bytes are named by what they hash to, not by the name
  // they were kept under.
  const names = (await indexedDB.databases()).map((each) => each.name).filter((name) => /^fieldsvc-/.test(name));
  const db = await new Promise((found, failed) => {
    const request = indexedDB.open(names[0]);
    Object.assign(request, { onsuccess: () => found(request.result), onerror: () => failed(request.error) });
  });
  const all = (table) =>
    new Promise((found, failed) => {
      const request = db.transaction(table).objectStore(table).getAll();
      Object.assign(request, { onsuccess: () => found(request.result), onerror: () => failed(request.error) });
    });
  const facts = Object.fromEntries((await all("facts")).map(({ key, value }) => [key, value]));
  const opened = (place, { vault, box }) =>
    crypto.subtle.decrypt(
      { name: "AES-GCM", iv: new Uint8Array(box, 0, 12), additionalData: new TextEncoder().encode(place) },
      facts.vault.keys[vault],
      new Uint8Array(box, 12),
    );
  const read = async (place, sealed) => JSON.parse(new TextDecoder().decode(await opened(place, sealed)));
  const entry = async ({ vault, box, ...row }) => {
    if (!vault) return row;
    const text = new TextDecoder().decode(await opened(`log/${row.device}/${row.seq}/${row.id}`, { vault, box }));
    return { ...row, op: JSON.parse(text), text };
  };
  const log = (await Promise.all((await all("log")).map(entry))).sort((a, b) => a.seq - b.seq);
  const boxes = new Map();
  const visits = [];
  for (const { document, box, at } of await all("visits")) {
    if (!document && !boxes.has(box)) boxes.set(box, await read(box, facts[box]));
    visits.push(document ?? boxes.get(box)[at]);
  }
  const drafts = await Promise.all(
    (await all("drafts")).map(async ({ key, value, ...sealed }) => ({
      key,
      value: sealed.vault ? await read(`drafts/${key}`, sealed) : value,
    })),
  );
  const whole = [];
  for (const { sha256, bytes, vault } of await all("bytes")) {
    const plain = vault ? await opened(`bytes/${sha256}`, { vault, box: bytes }).catch(() => bytes) : bytes;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
    whole.push([...digest].map((n) => n.toString(16).padStart(2, "0")).join(""));
  }
  db.close();
  const { device, catalog } = facts;
  return {
    log,
    device: device.id,
    catalog: catalog?.document,
    all: visits,
    visits: visits.filter((v) => !v.outcome),
    whole,
    drafts: drafts.filter(({ value }) => !(value instanceof Uint8Array)),
  };
};
