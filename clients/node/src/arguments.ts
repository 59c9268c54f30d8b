/** Values of callers into fields of messages, and what to say where one does not fit. */
import { inspect } from "node:util";

import { Code, InvalidRequest } from "./errors";
import { NO_DETAILS } from "./status-details";

/** A check of one value: returns what goes into the field, or throws InvalidRequest with the path. */
export type Check<T> = (value: unknown, path: string) => T;

/** The error for an argument: its path, and what is wrong with it. */
export function invalid(path: string, problem: string, cause?: unknown): InvalidRequest {
  const fieldViolations = [{ field: path, description: problem, reason: "" }];
  const details = { ...NO_DETAILS, fieldViolations };
  return new InvalidRequest(Code.INVALID_ARGUMENT, `${path} ${problem}`, details, { cause });
}

/** A value as a message shows it: never long. */
export function shown(value: unknown): string {
  const whole = inspect(value, { depth: 1, maxArrayLength: 3, maxStringLength: 40, breakLength: Infinity });
  return whole.length > 120 ? `${whole.slice(0, 117)}...` : whole;
}

/** Whether it is an object with named fields, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** The text, if it is one that can be sent: half a surrogate pair has no form in UTF-8. */
export const text: Check<string> = (value, path) => {
  if (typeof value !== "string") throw invalid(path, `must be a text, not ${shown(value)}`);
  const at = loneSurrogate(value);
  if (at < 0) return value;
  throw invalid(path, `has half a surrogate pair at ${at}, which cannot be sent: replace it, as toWellFormed() does`);
};

/** A number. NaN and infinities are the service's to refuse. */
export const number: Check<number> = (value, path) => {
  if (typeof value !== "number") throw invalid(path, `must be a number, not ${shown(value)}`);
  return value;
};

/** A whole number that an int32 holds. */
export const int32: Check<number> = (value, path) => {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw invalid(path, `must be a whole number, not ${shown(value)}`);
  }
  if (value < -(2 ** 31) || value >= 2 ** 31) throw invalid(path, `is out of range: ${shown(value)}`);
  return value;
};

/** A whole number that an int64 holds, as decimal digits; beyond 2^53 a bigint says which is meant. */
export const int64: Check<string> = (value, path) => {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) {
    throw invalid(path, `must be a whole number or a bigint, not ${shown(value)}`);
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw invalid(path, `is out of range: ${shown(value)}; above 2^53, give a bigint`);
  }
  if (BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) throw invalid(path, `is out of range: ${shown(value)}`);
  return value.toString();
};

/** True or false, and nothing that is merely so in an `if`. */
export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw invalid(path, `must be true or false, not ${shown(value)}`);
  return value;
};

/** A list. A text is none, though one can walk over its characters; nor is an object. */
export function list(value: unknown, path: string, of: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  const iterable = isRecord(value) && Symbol.iterator in value;
  if (iterable && !(value instanceof Map)) return [...(value as unknown as Iterable<unknown>)];
  const wrapped = typeof value === "string" || isRecord(value) ? `: put it in brackets, [${shown(value)}]` : "";
  throw invalid(path, `must be a list of ${of}, not ${shown(value)}${wrapped}`);
}

/** A list of texts. */
export const texts: Check<string[]> = (value, path) =>
  list(value, path, "texts").map((item, i) => text(item, `${path}[${i}]`));

/** An object as JSON. */
export const json: Check<string> = (value, path) => {
  if (!isRecord(value)) throw invalid(path, `must be an object, not ${shown(value)}`);
  try {
    return JSON.stringify(value, (key, held: unknown) => {
      // JSON.stringify would write null: another value than the one that was given.
      if (typeof held === "number" && !Number.isFinite(held)) throw new TypeError(`${key} is ${held}`);
      return held;
    });
  } catch (wrong) {
    throw invalid(path, `cannot be written as JSON: ${(wrong as Error).message}`, wrong);
  }
};

/** The value under a name, checked; undefined, which is as good as left out, stays undefined. */
export function given<T>(fields: object, name: string, check: Check<T>, path = name): T | undefined {
  const value: unknown = (fields as Record<string, unknown>)[name];
  if (value === undefined) return undefined;
  if (value === null) throw invalid(path, "is null: leave it out, or give a value");
  return check(value, path);
}

/** Names of the fields that are given. */
export function names(fields: unknown, where: string): string[] {
  if (!isRecord(fields)) throw invalid("options", `of ${where} must be an object, not ${shown(fields)}`);
  return Object.keys(fields).filter((name) => fields[name] !== undefined);
}

/** Throws InvalidRequest for the first name that is not known, with the name that may have been meant. */
export function refuseUnknown(where: string, fields: unknown, known: readonly string[]): void {
  const unknown = names(fields, where).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const hint = near === undefined ? `it takes ${[...known].sort().join(", ")}` : `did you mean ${near}?`;
  throw invalid(unknown, `is unknown to ${where}: ${hint}`);
}

/** Index of the first half surrogate pair; -1 where there is none. */
export function loneSurrogate(value: string): number {
  return value.search(/\p{Surrogate}/u);
}

/** The known name that is spelt most alike, max_cost_usd and maxCostUSD like maxCostUsd; undefined where none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (word: string): string => word.replaceAll("_", "").toLowerCase();
  const distances = known.map((word): [number, string] => [distance(plain(name), plain(word)), word]);
  const best = distances.reduce((a, b) => (b[0] < a[0] ? b : a), [Infinity, ""]);
  // A third of its letters wrong is another word.
  return best[0] <= Math.max(1, name.length / 3) ? best[1] : undefined;
}

/** Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment, Boytsov 2011). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          at(row, j) + 1,
          at(next, j - 1) + 1,
          swapped ? at(before, j - 2) + 1 : Infinity,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
