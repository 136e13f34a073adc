/**
 * What somebody typed, as it stands among our own words: what fieldsvc/shown.py is for pages, on the phone.
 *
 * Decides which characters never reach a screen: those that turn the direction of what stands around them, by which a name could
 * spell another one or make a figure read backwards. The record keeps them. Invariant: a screen reads as it was written by
 * us, whatever stands in the data.
 */

const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u007f]/g;

/**
 * A text, or the JSON of many: JSON says every other character that no screen shows by its number.
 *
 * @param {string} text
 * @returns {string}
 */
export function calm(text) {
  return text.replace(TURNS, "");
}
