/**
 * What the keyboard and the pointer do on office pages. Every page works without it.
 *
 * `/` goes to the search field, `j` and `k` walk the rows of a list, `Enter` opens the one that has the focus, `Esc` leaves.
 * A filter that is changed is applied at once. A photo opens in place, with the arrow keys for its neighbours.
 */
(() => {
  const kept = localStorage.getItem("fieldsvc.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  document.documentElement.classList.add("has-script");

  /** Switch between light and dark, and remember it on this computer. */
  function switchTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("fieldsvc.theme", next);
  }

  /** @param {number} step */
  function walk(step) {
    const links = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-rows] tbody .lead a"))];
    if (!links.length) return;
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
    next.focus();
    next.closest("tr")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLAnchorElement} link */
  function openPhoto(link) {
    const links = [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-photo]"))];
    const dialog = document.createElement("dialog");
    const image = document.createElement("img");
    const caption = document.createElement("p");
    let at = links.indexOf(link);
    const show = () => {
      image.src = links[at].href;
      image.alt = caption.textContent = links[at].title;
    };
    dialog.className = "photo";
    dialog.append(image, caption);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      at = (at + (event.key === "ArrowRight" ? 1 : -1) + links.length) % links.length;
      show();
    });
    show();
    document.body.append(dialog);
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (on.matches("input, select, textarea")) {
      if (event.key === "Escape") on.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const search = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-search]"));
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
  });

  document.addEventListener("click", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    if (on.closest("[data-theme-switch]")) switchTheme();
    const picture = /** @type {HTMLAnchorElement | null} */ (on.closest("a[data-photo]"));
    if (picture && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openPhoto(picture);
    }
    const row = on.closest("[data-rows] tbody tr");
    const busy = on.closest("a, button, form") || String(getSelection());
    if (row && !busy) /** @type {HTMLElement | null} */ (row.querySelector(".lead a"))?.click();
  });

  /** What an address points into is opened. */
  function unfold() {
    const there = location.hash && document.getElementById(location.hash.slice(1));
    for (let on = there || null; on; on = on.parentElement) if (on instanceof HTMLDetailsElement) on.open = true;
  }
  addEventListener("hashchange", unfold);
  document.addEventListener("DOMContentLoaded", () => {
    unfold();
    const places = document.querySelector(".places");
    const here = /** @type {HTMLElement | null} */ (places?.querySelector("[aria-current]"));
    if (places && here) places.scrollLeft = here.offsetLeft - 48; // on a phone the places stand in one row
  });

  /** What is being made is looked at again until it is made; then the whole page, because its result is shown. */
  async function follow() {
    const live = document.querySelector('[data-live="1"]');
    if (!live) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-live]");
      if (!now || answer.redirected) return;
      if (now.getAttribute("data-live") !== "1") return location.reload();
      const [before, after] = [live, now].map((one) => one.querySelector("progress"));
      if (before && after) before.value = after.value;
      const [told, tells] = [live, now].map((one) => one.querySelector("h2"));
      if (told && tells && told.textContent !== tells.textContent) told.textContent = tells.textContent;
    } catch {
      // the server or the network is away for a moment: asked again
    }
    setTimeout(() => void follow(), 1000);
  }
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => void follow(), 700));

  document.addEventListener("change", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    const form = /** @type {HTMLFormElement | null} */ (on.closest("form[data-filters]"));
    if (form && on.matches("select, input[type=date], input[type=checkbox]")) form.requestSubmit();
  });
})();
