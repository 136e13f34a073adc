/**
 * Hands quicker than any person's, for one screen of a visit: taps whatever can be set there, as fast as it can be set.
 *
 * What the screen shows as set is a claim that the log must bear out, whatever happens to the phone next. `enough` is
 * called once, with all claims, the moment there are `most` of them or `ms` have passed, while the hands go on: whoever
 * listens kills the phone. A point is tapped again only when its last tap shows.
 */
({ seed, most, ms }) => {
  const claims = [];
  const told = (key) => {
    claims.push(key);
    if (claims.length === most) stop();
  };
  const stop = () => enough({ claims, under: [...under.values()].map(({ key }) => key) });
  setTimeout(() => claims.length < most && stop(), ms);
  let state = seed >>> 0;
  const chance = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const one = (list) => list[Math.floor(chance() * list.length)];
  const isSet = (button) => button.ariaChecked === "true" || button.ariaPressed === "true";
  /** @type {Map<string, {button: Element, key: string}>} what was tapped and does not show yet; by place */
  const under = new Map();
  let photos = document.querySelectorAll(".photos .photo:not(.skeleton)").length;

  const look = () => {
    for (const [place, { button, key }] of under) {
      if (!isSet(button)) continue;
      under.delete(place);
      told(key);
    }
    // Photos of earlier lives may still be on their way to the screen: only what is beyond their number is new.
    while (document.querySelectorAll(".photos img").length > photos) {
      photos += 1;
      under.delete("camera");
      told("photo");
    }
  };
  new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true });

  /** Everything on this screen that can be set: its place, its key, its button. */
  const offers = () => {
    const found = [];
    document.querySelectorAll(".tick[role=checkbox]").forEach((button, n) => {
      found.push({ place: `tick ${n}`, key: `tick ${n}`, button });
    });
    for (const point of document.querySelectorAll(".point")) {
      const id = point.id.replace("point-", "");
      point.querySelectorAll(".tri [data-result=pass]").forEach((button) => {
        found.push({ place: id, key: `check ${id} pass`, button });
      });
      point.querySelectorAll(".picks [role=radio]").forEach((button, n) => {
        if (button.dataset.result === "pass") found.push({ place: id, key: `choice ${id} ${n}`, button });
      });
    }
    return found.filter(({ place, button }) => !under.has(place) && !isSet(button));
  };

  const photograph = async () => {
    const input = document.querySelector(".shutter input");
    if (!input || under.has("camera")) return;
    under.set("camera", { button: document.createElement("i"), key: "photo" });
    const canvas = new OffscreenCanvas(900, 700);
    const pen = canvas.getContext("2d");
    for (let n = 0; n < 60; n += 1) {
      pen.fillStyle = `hsl(${chance() * 360} 60% 50%)`;
      pen.fillRect(chance() * 900, chance() * 700, 120, 90);
    }
    const picture = await canvas.convertToBlob({ type: "image/jpeg" });
    const files = new DataTransfer();
    files.items.add(new File([picture], "taken.jpg", { type: "image/jpeg" }));
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  };

  const goOn = () => {
    const offer = one(offers());
    if (offer) {
      under.set(offer.place, offer);
      offer.button.click();
    }
    void photograph();
    setTimeout(goOn, chance() * 12);
  };
  goOn();
}
