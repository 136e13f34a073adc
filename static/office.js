/**
 * What the keyboard and the pointer do on office pages. Every page works without it.
 *
 * `/` goes to the search field, `j` and `k` walk the rows of a list, `n` and `p` turn its pages, `Enter` opens the row that
 * has the focus, `Esc` leaves.
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

  /** What a page gives a letter to (`data-key`) is pressed by it. @param {KeyboardEvent} event */
  function press(event) {
    const on = /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${event.key}"]`));
    if (!on || event.repeat) return;
    event.preventDefault();
    on.click();
    /** @type {HTMLElement | null | undefined} */ (
      on.closest("details")?.querySelector("input:not([type=hidden])")
    )?.focus();
  }

  /**
   * Open a photo over the page; the others of the page are its neighbours, each once.
   * @param {HTMLAnchorElement} link
   */
  function openPhoto(link) {
    const links = [
      ...new Map(
        [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-photo]"))].map((one) => [
          one.href,
          one,
        ]),
      ).values(),
    ];
    const words = document.body.dataset;
    const dialog = document.createElement("dialog");
    const image = document.createElement("img");
    const caption = document.createElement("p");
    let at = links.findIndex((one) => one.href === link.href);
    /** @param {number} to */
    const show = (to) => {
      at = (to + links.length) % links.length;
      image.src = links[at].href;
      image.alt = links[at].title;
      caption.textContent = `${at + 1} / ${links.length}  ${links[at].title}`;
      dialog.classList.remove("large");
    };
    /** @param {string} name @param {string} sign @param {string | undefined} said @param {() => void} act */
    const button = (name, sign, said, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = name;
      made.textContent = sign;
      made.setAttribute("aria-label", said ?? name);
      made.addEventListener("click", (event) => {
        event.stopPropagation();
        act();
      });
      return made;
    };
    dialog.className = "photo";
    dialog.setAttribute("aria-label", words.photo ?? "");
    caption.setAttribute("aria-live", "polite");
    dialog.append(
      button("close", "×", words.close, () => dialog.close()),
      image,
      button("previous", "‹", words.previous, () => show(at - 1)),
      button("next", "›", words.next, () => show(at + 1)),
      caption,
    );
    dialog.classList.toggle("alone", links.length < 2);
    image.addEventListener("click", (event) => {
      event.stopPropagation();
      dialog.classList.toggle("large");
    });
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    dialog.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
    show(at);
    document.body.append(dialog);
    dialog.showModal();
  }

  /**
   * Copy what a field holds, and say so on the button.
   * @param {HTMLElement} button
   */
  function copy(button) {
    const field = /** @type {HTMLInputElement | null} */ (document.getElementById(button.dataset.copy ?? ""));
    const said = button.querySelector("span");
    if (!field || !said) return;
    field.select();
    navigator.clipboard?.writeText(field.value).then(
      () => (said.textContent = field.dataset.copied ?? said.textContent),
      () => {}, // it is selected: the keyboard copies it
    );
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
    else if (document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)) press(event);
    else if (event.key === "n" || event.key === "p") {
      /** @type {HTMLElement | null} */ (
        document.querySelector(`.pager a[rel="${event.key === "n" ? "next" : "prev"}"]`)
      )?.click();
    }
  });

  document.addEventListener("click", (event) => {
    const on = /** @type {HTMLElement} */ (event.target);
    if (on.closest("[data-theme-switch]")) switchTheme();
    const copies = /** @type {HTMLElement | null} */ (on.closest("[data-copy]"));
    if (copies) copy(copies);
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

  /**
   * A page of ours, read by the browser itself: no text is turned into markup here (fieldsvc/headers.py).
   *
   * @param {string} address
   * @returns {Promise<Document | null>} null: another page came
   */
  function pageAt(address) {
    return new Promise((resolve, reject) => {
      const asked = new XMLHttpRequest();
      asked.open("GET", address);
      asked.responseType = "document";
      asked.onload = () => resolve(asked.responseURL === address ? asked.responseXML : null);
      asked.onerror = reject;
      asked.send();
    });
  }

  /** What is being made is looked at again until it is made; then the whole page, because its result is shown. */
  async function follow() {
    const live = document.querySelector('[data-live="1"]');
    if (!live) return;
    try {
      const now = (await pageAt(location.href.split("#")[0]))?.querySelector("[data-live]");
      if (!now) return;
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
