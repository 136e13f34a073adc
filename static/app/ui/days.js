/**
 * A field for a day that is still to come.
 *
 * Decides nothing about days. Invariant: what stands in the field when it is left is what was taken; a year half typed and a
 * day that is past are not taken.
 */

/** The field is left: show what was taken of it. @param {HTMLInputElement} field @param {string} day */
export function showDay(field, day) {
  if (field.value !== day || field.validity.badInput) field.value = day;
}
