"""Regular expressions that read what providers and callers wrote take time in proportion to it."""

import time

import pytest
from pointsman_service.adapters.callers.litellm_errors import own_words
from pointsman_service.application.limited_calls import longest_said, refuses
from pointsman_service.chat.error_codes import same_word
from pointsman_service.chat.retry_hints import retry_after_of
from pointsman_service.chat.thinking import ThinkSplitter
from pointsman_service.domain.operator_words import for_callers
from pointsman_service.domain.redaction import Redactor
from pointsman_service.domain.verdict_errors import Unreadable
from pointsman_service.judges.judge_reply import score_of, winner_of

SHORT, LONG = 4_000, 32_000
QUICK_S = 0.02
"""Below this a ratio measures the clock."""
GROWTH = 24.0
"""Eight times the text may take eight times as long; 64 times would be quadratic. Between them is room for noise."""
REDACTOR = Redactor({"A_KEY": "sk-live-0123456789abcdef"})
UNITS = [
    "\\", "\\u00", "\\x", "&#0", "&#x0", "%", " ", "\n", "\t", "a", "1", "-", "_", "try again ", "try again in ",
    "retry" + " " * 40, "wait 1 s ", "Error: ", "Exception", "Error - ", "LiteLLM Retried", "max_tokens ", "maximum 1",
    "Traceback (most recent call last)", "<think>", "</think>", "<", "[THINK]", "score: ", '{"score": ', '"', "{",
    "8/10 ", "winner: first ", "0.", ":", "f:", "a.", "a-", "/a", "http://", "host ", "('a', 1",
    "1.1.1.1", "A_", "localhost.",
]  # fmt: skip


def _read(reply, read):
    try:
        read(reply)
    except Unreadable:
        return


def _split(text):
    splitter = ThinkSplitter()
    return [*splitter.add(text), *splitter.end()]


READERS = {
    "keys": REDACTOR.text,
    "the operator's words": for_callers,
    "litellm's errors": own_words,
    "pauses": lambda text: retry_after_of({}, {"error": {"message": text}}, 0.0),
    "a pause in a header": lambda text: retry_after_of({"Retry-After": text[:8_000]}, None, 0.0),
    "codes": same_word,
    "a limit that is refused": lambda text: refuses(f"max_tokens {text}", "max_tokens"),
    "a limit that is told": lambda text: longest_said(f"max_tokens is too large: {text}", "max_tokens", 9),
    "thinking": _split,
    "marks": lambda text: _read(text, score_of),
    "winners": lambda text: _read(text, winner_of),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_no_faster_than_the_text(reader, unit):
    """Seconds of the processor, the better of two; what is quick at eight times the text is no question."""
    read = READERS[reader]
    if _seconds(read, unit * (LONG // len(unit))) > QUICK_S:
        short, long = (min(_seconds(read, unit * (n // len(unit))) for _ in range(2)) for n in (SHORT, LONG))
        assert long < GROWTH * max(short, QUICK_S / 8), (short, long)


def _seconds(read, text):
    started = time.process_time()
    read(text)
    return time.process_time() - started
