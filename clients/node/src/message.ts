/** Messages that callers write themselves, held against what the generated code understood of them. */
import { invalid, isRecord, loneSurrogate, refuseUnknown, shown, text } from "./arguments";

/**
 * The message, if everything that was given went into it: the generated `fromPartial` drops what it does not know, and
 * what is dropped is another request than the one that was meant. Throws InvalidRequest.
 *
 * given: what the caller wrote; made: what `fromPartial` made of it; path: where it stands.
 */
export function matched<T>(given: unknown, made: T, path: string): T {
  if (typeof given === "string") {
    if (loneSurrogate(given) >= 0) text(given, path);
    return made;
  }
  if (Array.isArray(given) && Array.isArray(made)) {
    given.forEach((item, i) => matched(item, made[i] as unknown, `${path}[${i}]`));
  } else if (isRecord(given) && !(given instanceof Date)) {
    if (!isRecord(made)) throw invalid(path, `does not fit its field: ${shown(given)}`);
    refuseUnknown(path || "the request", given, Object.keys(made));
    for (const [key, value] of Object.entries(given)) matched(value, made[key], path === "" ? key : `${path}.${key}`);
  }
  return made;
}
