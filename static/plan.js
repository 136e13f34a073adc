/**
 * What the pointer does on the board of a day: visits are dragged along a route or into another technician's, many are ticked at
 * once. The page works without it: the arrows beside each visit and the form above do the same.
 *
 * A drag sends which visit was dragged and the order of the lane it ended in. Only the dragged one comes to the lane: what has
 * left it meanwhile is left alone by the server, which says so. The page is shown anew.
 */
(() => {
  const board = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-board]"));
  if (!board) return;

  const ticked = /** @type {HTMLElement | null} */ (board.querySelector("[data-ticked]"));
  const boxes = () => [.../** @type {NodeListOf<HTMLInputElement>} */ (board.querySelectorAll('input[name="visit"]'))];

  /** Say how many are ticked. */
  function count() {
    if (ticked) ticked.textContent = String(boxes().filter((box) => box.checked).length || "");
  }
  board.addEventListener("change", (event) => {
    const on = /** @type {HTMLInputElement} */ (event.target);
    if (on.matches("[data-all]"))
      for (const box of on.closest("section")?.querySelectorAll('input[name="visit"]') ?? [])
        /** @type {HTMLInputElement} */ (box).checked = on.checked;
    count();
  });
  count();

  /** @type {{stop: HTMLElement, from: HTMLElement, before: Element | null, id: number, x: number, y: number, moving: boolean} | null} */
  let drag = null;

  board.addEventListener("pointerdown", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    const stop = /** @type {HTMLElement | null} */ (on.closest("[data-movable]"));
    if (!stop || event.button || on.closest("a, button, input, label, select")) return;
    if (event.pointerType !== "mouse") return; // a finger scrolls; the arrows are for fingers
    const from = /** @type {HTMLElement} */ (stop.parentElement);
    drag = {
      stop,
      from,
      before: stop.nextElementSibling,
      id: event.pointerId,
      x: event.clientX,
      y: event.clientY,
      moving: false,
    };
  });

  addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    if (!drag.moving) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
      drag.moving = true;
      drag.stop.classList.add("dragged");
      board.classList.add("dragging");
    }
    event.preventDefault();
    getSelection()?.removeAllRanges();
    const lane = laneAt(event.clientX, event.clientY);
    if (!lane || (lane.hasAttribute("data-nobody") && lane !== drag.from)) return;
    const others = [...lane.children].filter((one) => one !== drag?.stop && one.hasAttribute("data-movable"));
    const next = others.find((one) => {
      const box = one.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    lane.insertBefore(drag.stop, next ?? null);
  });

  /** @param {number} x @param {number} y @returns {HTMLElement | null} */
  function laneAt(x, y) {
    for (const lane of /** @type {NodeListOf<HTMLElement>} */ (board?.querySelectorAll("[data-lane]") ?? [])) {
      const box = /** @type {HTMLElement} */ (lane.closest("section")).getBoundingClientRect();
      if (x >= box.left && x <= box.right && y >= box.top - 40 && y <= box.bottom + 40) return lane;
    }
    return null;
  }

  /** @param {boolean} keep */
  function drop(keep) {
    const done = drag;
    drag = null;
    if (!done) return;
    done.stop.classList.remove("dragged");
    board?.classList.remove("dragging");
    if (!done.moving) return;
    const stayed = done.stop.parentElement === done.from && done.stop.nextElementSibling === done.before;
    if (keep && !stayed) void send(/** @type {HTMLElement} */ (done.stop.parentElement), done.stop);
    else done.from.insertBefore(done.stop, done.before);
  }
  addEventListener("pointerup", (event) => drag?.id === event.pointerId && drop(true));
  addEventListener("pointercancel", (event) => drag?.id === event.pointerId && drop(false));
  addEventListener("keydown", (event) => event.key === "Escape" && drop(false));

  /** @param {HTMLElement} lane @param {HTMLElement} stop */
  async function send(lane, stop) {
    const form = new FormData();
    const own = new FormData(/** @type {HTMLFormElement} */ (board));
    form.set("csrf_token", String(own.get("csrf_token")));
    form.set("day", String(own.get("day")));
    form.set("username", lane.dataset.lane ?? "");
    form.set("person", lane.dataset.person ?? "");
    form.set("moved", stop.dataset.stop ?? "");
    const ids = [...lane.querySelectorAll("[data-movable]")].map((one) => one.getAttribute("data-stop"));
    form.set("ids", ids.join(","));
    stop.classList.add("sending");
    try {
      await fetch(String(board?.dataset.arrange), { method: "POST", body: form });
    } finally {
      location.reload(); // as the server has it, whatever became of it
    }
  }
})();
