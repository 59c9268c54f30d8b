// What the client answered, in the words of the protocol.

/** A value of an enum in lower case without its prefix; null where nothing is said. */
function word(value, prefix) {
  const said = value?.slice(prefix.length).toLowerCase();
  return said === undefined || said === "unspecified" ? null : said;
}

/** Of `complete`. */
export function answerOf(answer) {
  const { raw, usage } = answer;
  return {
    text: answer.text,
    model: answer.model,
    usage: { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens },
    cost_usd: answer.costUsd,
    episode_id: answer.episodeId,
    request_id: answer.requestId,
    replayed: answer.replayed,
    finish_reason: answer.finishReason,
    stop_reason: word(raw.stopReason, "STOP_REASON_"),
    tool_calls: answer.toolCalls.map((c) => ({ id: c.toolCallId, function: c.function, arguments: c.argumentsJson })),
    steps: raw.steps.length,
    predictions: raw.decision?.predictions.length,
  };
}

/** A stream, event by event. */
export class Heard {
  #stream;
  #texts = [];
  #items = [];

  constructor(stream) {
    this.#stream = stream;
  }

  /** Takes an event; its kind, as the contract spells it. */
  hear(event) {
    const kind = event.type === "toolCall" ? "tool_call" : event.type;
    this.#items.push(kind);
    if (kind === "text") this.#texts.push(event.text);
    if (kind === "retraction") this.#texts = [];
    return kind;
  }

  /** What has come so far; final: the answer, where it came. */
  told(final) {
    return {
      texts: this.#texts,
      items: this.#items,
      retractions: this.#items.filter((kind) => kind === "retraction").length,
      episode_id: this.#stream.episodeId,
      request_id: this.#stream.requestId,
      final: final && answerOf(final),
    };
  }
}

/** Of `route`. */
export function routeOf(route) {
  return {
    episode_id: route.episodeId,
    request_id: route.requestId,
    model: route.model,
    propensity: route.propensity,
    replayed: route.replayed,
    predictions: route.decision?.predictions.length,
  };
}

/** Of `report_outcome`. */
export function outcomeOf({ episodeId, requestId, model, costUsd, replayed }) {
  return { episode_id: episodeId, request_id: requestId, model, cost_usd: costUsd, replayed };
}

/** Of `feedback`, and of what an answer takes itself. */
export function receiptOf({ episodeId, requestId, value, replayed }) {
  return { episode_id: episodeId, request_id: requestId, value, replayed };
}

/** Of one item of `feedback_batch`. */
export function resultOf({ receipt, error }) {
  return receipt ? { receipt: receiptOf(receipt) } : { error: errorOf(error) };
}

/** Of `record_session_outcome`. */
export function sessionOf({ requestId, value, episodeCount, replayed }, sessionId) {
  const count = episodeCount === undefined ? undefined : Number(episodeCount);
  return { session_id: sessionId, request_id: requestId, value, episode_count: count, replayed };
}

/** Of `get_episode`. */
export function episodeOf(episode) {
  return {
    episode_id: episode.episodeId,
    stop_reason: word(episode.stopReason, "STOP_REASON_"),
    steps: episode.steps.length,
    answer_text: answerText(episode),
    feedback: episode.feedback.map(({ requestId, source, value, comment }) => {
      return { request_id: requestId, source: word(source, "FEEDBACK_SOURCE_"), value, comment };
    }),
    outcomes: episode.outcomes.length,
  };
}

/** The text of the accepted answer; undefined where none was accepted, or texts are not kept. */
function answerText(episode) {
  return episode.answerStep === undefined ? undefined : episode.steps[episode.answerStep]?.answerText;
}

/** Of `explain_episode`. */
export function explanationOf({ episode, summary, moves }) {
  return { episode_id: episode?.episodeId, summary, moves: moves.length };
}

/** What went wrong. */
export function errorOf(error) {
  const { message, metadata, reason, retryAfterMs } = error;
  return {
    family: error.name,
    code: error.codeName,
    reason,
    message,
    metadata,
    field_violations: error.fieldViolations,
    quota_violations: error.quotaViolations,
    retry_after_s: retryAfterMs === undefined ? null : retryAfterMs / 1000,
    ...(error.heard && { heard: error.heard }),
  };
}
