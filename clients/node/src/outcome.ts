/** What came of routed queries whose model the caller ran itself, from plain values. */
import { given, int32, invalid, isRecord, list, number, refuseUnknown, shown, text } from "./arguments";
import { matched } from "./message";
import { CALL_OPTIONS, type CallOptions } from "./settings";
import {
  Failure as FailureType,
  Verdict as VerdictType,
  FailureKind,
  type Failure,
  type ReportOutcomeRequest,
  type Verdict,
} from "./v1";

type Word<Name extends string, Prefix extends string> = Name extends `${Prefix}${infer Rest}` ? Lowercase<Rest> : never;

/** Why there was no answer, for instance "timeout". */
export type FailureWord = Exclude<Word<FailureKind, "FAILURE_KIND_">, "unspecified">;

/** What came of a routed query. What is left out teaches nothing: it is not taken for 0. */
export interface OutcomeOptions extends CallOptions {
  /** The same again counts once; made up where it is left out. */
  requestId?: string;
  /** The model that was called, where that is not the one that `route` chose. */
  model?: string;
  /** How long the call took, in milliseconds. */
  latencyMs?: number;
  /** US dollars; left out, computed from tokens and prices. */
  costUsd?: number;
  inputTokens?: number;
  cachedInputTokens?: number;
  outputTokens?: number;
  reasoningTokens?: number;
  /** Why there was no answer. */
  failure?: { kind: FailureWord; message: string } | Partial<Failure>;
  /** What your own judges said of the answer: those that the service's file declares as `kind = "reported"`. */
  verdicts?: readonly Partial<Verdict>[];
}

const USAGE = ["inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens"] as const;
const KNOWN = ["requestId", "model", "latencyMs", "costUsd", "failure", "verdicts", ...USAGE, ...CALL_OPTIONS];
const PREFIX = "FAILURE_KIND_";

/** The request of `reportOutcome`. Throws InvalidRequest. */
export function outcomeRequest(episodeId: string, options: OutcomeOptions): ReportOutcomeRequest {
  refuseUnknown("reportOutcome", options, KNOWN);
  const [inputTokens, cachedInputTokens, outputTokens, reasoningTokens] = USAGE.map((n) => given(options, n, int32));
  const usage = { inputTokens, cachedInputTokens, outputTokens, reasoningTokens };
  return {
    requestId: given(options, "requestId", text),
    episodeId: text(episodeId, "episodeId"),
    model: given(options, "model", text),
    usage: USAGE.some((name) => usage[name] !== undefined) ? usage : undefined,
    latencyMs: given(options, "latencyMs", number),
    costUsd: given(options, "costUsd", number),
    failure: given(options, "failure", failure),
    verdicts: given(options, "verdicts", verdicts) ?? [],
  };
}

function failure(value: unknown, path: string): Failure {
  if (!isRecord(value))
    throw invalid(path, `must be an object as { kind: "timeout", message: "30 s" }, not ${shown(value)}`);
  const kind = text(value.kind, `${path}.kind`);
  if (kind.startsWith(PREFIX)) return matched(value, FailureType.fromPartial(value), path);
  refuseUnknown(path, value, ["kind", "message"]);
  const known = Object.keys(FailureKind).filter((name) => name.startsWith(PREFIX) && !name.endsWith("UNSPECIFIED"));
  refuseUnknown(
    `${path}.kind`,
    { [kind]: true },
    known.map((name) => name.slice(PREFIX.length).toLowerCase()),
  );
  const message = text(value.message, `${path}.message`);
  return FailureType.fromPartial({ kind: `${PREFIX}${kind.toUpperCase()}` as FailureKind, message });
}

function verdicts(value: unknown, path: string): Verdict[] {
  return list(value, path, "verdicts").map((verdict, i) => {
    const at = `${path}[${i}]`;
    if (!isRecord(verdict))
      throw invalid(at, `must be an object as { judge: "mine", score: 0.8 }, not ${shown(verdict)}`);
    return matched(verdict, VerdictType.fromPartial(verdict), at);
  });
}
