/**
 * What follows from a figure or a choice, and what may be passed wholesale. Pure.
 *
 * Decides the result of a measured point from its limit; the person may only make it worse (fail), never better.
 * Invariant: *all fine* never passes what only an instrument can say, and never picks between two answers that pass.
 */

import { compareDecimals, plainDecimal, subtractDecimals, timesDecimal } from "./decimals.js";

/** @param {{op: string, value?: string, low?: string, high?: string}} rule @param {string} value */
function holds(rule, value) {
  const { op, low = "0", high = "0" } = rule;
  if (op === "between") return compareDecimals(value, low) >= 0 && compareDecimals(value, high) <= 0;
  const order = compareDecimals(value, rule.value ?? "0");
  if (op === "<=") return order <= 0;
  if (op === ">=") return order >= 0;
  if (op === "<") return order < 0;
  return order > 0;
}

/**
 * The result of a measured point: outside its limit it fails; inside, a figure worth a caution passes with a note.
 *
 * @param {any} point  of the catalogue
 * @param {string} value  a plain decimal
 * @returns {"pass" | "pass_note" | "fail"}
 */
export function resultOfFigure(point, value) {
  if (point.limit && !holds(point.limit, value)) return "fail";
  return point.caution && holds(point.caution, value) ? "pass_note" : "pass";
}

/**
 * What a figure makes of its point, and of the others that are judged by their average with it: while the average holds all of
 * them pass; else those fail that are outside the limit by themselves. What a person said in words stays.
 *
 * @param {any} item  of the list
 * @param {Record<string, any>} checks  of the visit, for this item
 * @param {any} point
 * @param {string} value  a plain decimal
 * @returns {{point: any, result: "pass" | "pass_note" | "fail", value: string}[]} what is to be written, this point first
 */
export function resultsOfFigure(item, checks, point, value) {
  if (!point.mean) return [{ point, result: resultOfFigure(point, value), value }];
  const others = item.points.filter(
    (/** @type {any} */ one) => one.mean && one.id !== point.id && checks[one.id]?.value !== undefined,
  );
  const rooms = [
    { point, value },
    ...others.map((/** @type {any} */ one) => ({ point: one, value: checks[one.id].value })),
  ];
  const sum = rooms.reduce((all, one) => addDecimals(all, one.value), "0");
  const { op, value: least } = point.limit;
  const enough = holds({ op, value: timesDecimal(least, rooms.length) }, sum);
  const judged = rooms.map((one) => ({
    ...one,
    result: enough ? /** @type {const} */ ("pass") : resultOfFigure(one.point, one.value),
  }));
  return judged.filter(({ point: { id }, result }, n) => !n || (!checks[id].note && checks[id].result !== result));
}

/** @param {string} a @param {string} b */
const addDecimals = (a, b) => subtractDecimals(a, b.startsWith("-") ? b.slice(1) : `-${b}`);

/**
 * What an alarming figure asks for.
 *
 * @param {any} point
 * @param {string | undefined} value
 * @returns {string | null} id of the catalogue's alarms, or nothing
 */
export function alarmOf(point, value) {
  return point.alarm && value !== undefined && value !== "" && holds(point.alarm, value) ? point.alarm.action : null;
}

/**
 * Read what was typed into the field of a measured point.
 *
 * @param {any} point
 * @param {string} typed
 * @returns {{value: string} | {problem: "not_a_figure" | "out_of_range"}}
 */
export function readFigure(point, typed) {
  const value = plainDecimal(typed);
  if (value === null) return { problem: "not_a_figure" };
  if (point.min !== undefined && compareDecimals(value, point.min) < 0) return { problem: "out_of_range" };
  if (point.max !== undefined && compareDecimals(value, point.max) > 0) return { problem: "out_of_range" };
  return { value };
}

/**
 * What *all fine* would record for a point, or null when a person must say it.
 *
 * @param {any} point
 * @returns {{result: "pass", value?: string} | null}
 */
export function wholesale(point) {
  if (["text", "stamp", "charges"].includes(point.kind)) return null;
  if (point.kind === "pass_fail") return { result: "pass" };
  if (point.kind === "number") return point.needed_to_pass === false ? { result: "pass" } : null;
  const passing = point.choices.filter((/** @type {any} */ choice) => choice.result === "pass");
  return passing.length === 1 ? { result: "pass", value: passing[0].value } : null;
}

/**
 * How far an item is judged.
 *
 * @param {any} item  of the catalogue
 * @param {Record<string, any>} checks  of the visit, for this item
 * @param {(point: any) => boolean} [isAsked]  whether a point needs an answer at this visit
 * @param {(point: any) => boolean} [isSingle]  whether it must be answered by itself, and not with the whole item
 */
export function stateOfItem(item, checks, isAsked = ({ required }) => required, isSingle = () => false) {
  const asked = item.points.filter(isAsked);
  const open = asked.filter((/** @type {any} */ point) => !checks[point.id]);
  const judged = item.points.filter((/** @type {any} */ point) => checks[point.id]);
  const count = (/** @type {string} */ result) =>
    judged.filter((/** @type {any} */ point) => checks[point.id].result === result).length;
  return {
    open,
    done: asked.length - open.length,
    total: asked.length,
    judged: judged.length,
    easy: open.filter((/** @type {any} */ point) => !isSingle(point) && wholesale(point)),
    fails: count("fail"),
    unseen: count("not_accessible"),
  };
}

/**
 * The live hazards that answer a failed point.
 *
 * @param {any} visit
 * @param {any} item
 * @param {any} point
 * @returns {any[]}
 */
export function hazardsOfPoint(visit, item, point) {
  return Object.values(visit.hazards ?? {}).filter(
    (hazard) =>
      !hazard.withdrawn && (hazard.code ? (point.hazards ?? []).includes(hazard.code) : hazard.item === item.id),
  );
}
