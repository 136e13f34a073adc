/**
 * The no-access card on a belt printer, 58 or 80 mm, through the browser's own printing: works with no network.
 *
 * Decides the length of the strip, by measuring it. Loaded when it is first needed, and kept apart from the shell; it
 * imports nothing. Its look is static/receipt.css, as on the server's page of a paper.
 */

const LOOK = "/static/receipt.css";
const PIXELS_PER_MM = 96 / 25.4;

/** The look, from the phone's store when there is no network. */
async function look() {
  if (document.querySelector(`link[href="${LOOK}"]`)) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: LOOK });
  await new Promise((settle) => {
    link.onload = link.onerror = settle;
    document.head.append(link);
  });
}

/** @param {string} tag @param {string} className @param {string} text */
function line(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

/**
 * Print a strip.
 *
 * @param {{lang: string, company: string, title: string, lines: string[]}} card
 * @param {Element | null} code  the customer's code as it is drawn on the page
 * @param {number} width  of the paper, in millimetres
 */
export async function printStrip({ lang, company, title, lines }, code, width) {
  document.querySelector("body > .receipt")?.remove();
  const strip = Object.assign(document.createElement("article"), { className: `receipt by-phone w${width}`, lang });
  strip.append(line("p", "company", company), line("h1", "title", title), ...lines.map((text) => line("p", "", text)));
  if (code) strip.append(code.cloneNode(true));
  await look();
  document.body.append(strip);
  const height = Math.ceil(strip.getBoundingClientRect().height / PIXELS_PER_MM) + 2;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${width}mm ${height}mm; margin: 0; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const over = () => {
    strip.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  addEventListener("afterprint", over, { once: true });
  print();
}
