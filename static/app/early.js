/**
 * Begins what takes longest before anything else of the program runs: main.js imports it first.
 *
 * The databases are opened and the words fetched by the browser's other processes meanwhile. See likely.js for what is guessed.
 */

import { Api } from "./api.js";
import { likely } from "./likely.js";
import { openAhead } from "./store.js";
import { fetchWordsWith, loadWords } from "./text.js";

const { user, locale } = likely();
openAhead(user);
const api = new Api();
fetchWordsWith((wanted) => api.messages(wanted));
if (locale) void loadWords(locale);
