"""An answer while it comes about: the trace on standard error, the text on standard output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from pointsman_service.cli import output
from pointsman_service.cli.decisions import failure_text, words
from pointsman_service.cli.messages import plain

if TYPE_CHECKING:
    from pointsman import CompletionStream
    from pointsman.v1 import CompleteResponse

Facts = Mapping[str, Any]


def streamed(stream: CompletionStream) -> CompleteResponse:
    """Print what happens; the summary. Where it is interrupted, the episode is told: it takes feedback."""
    written = _Written()
    try:
        for item in stream:
            kind = item.WhichOneof("item")
            if kind == "text":
                written.text(item.text.text)
            elif kind is not None and kind in _TOLD:
                written.told(_TOLD[kind](plain(getattr(item, kind))))
    except KeyboardInterrupt:
        written.told(
            f"interrupted; the episode {stream.episode_id} takes feedback" if stream.episode_id else "interrupted"
        )
        raise
    finally:
        stream.close()
    written.end()
    assert stream.summary is not None, "the client raises where a stream ends without one"
    return stream.summary


class _Written:
    """What has been written: a line of the trace does not begin in the middle of a text."""

    def __init__(self) -> None:
        self._in_line = False

    def text(self, text: str) -> None:
        """A piece of the answer."""
        typer.echo(output.for_terminal(text), nl=False)
        self._in_line = not text.endswith("\n") if text else self._in_line

    def told(self, line: str | None) -> None:
        """A line of the trace."""
        if line:
            self.end()
            output.note(output.safe(line))

    def end(self) -> None:
        """End the line."""
        if self._in_line:
            typer.echo()
        self._in_line = False


def _trace(trace: Facts) -> str | None:
    return next((_EVENTS[name](event) for name, event in trace.items() if event is not None and name in _EVENTS), None)


def _finished(event: Facts) -> str:
    step = event["step"]
    if step["failure"]:
        return f"{step['model']} failed: {failure_text(step['failure'])}"
    return f"{step['model']} answered in {step['latency_ms'] or 0.0:,.0f} ms"


def _verdict(event: Facts) -> str:
    verdict = event["verdict"]
    score = verdict["error"] or "nothing to say" if verdict["score"] is None else f"{verdict['score']:.2f}"
    return f"judge {verdict['judge']}: {score}"


_EVENTS: Mapping[str, Callable[[Facts], str]] = {
    "decided": lambda e: f"decided: {e['decision']['model']}, propensity {e['decision']['propensity'] or 0.0:.3f}",
    "step_started": lambda e: f"calling {e['model']}",
    "step_finished": _finished,
    "verdict_given": _verdict,
    "answer_accepted": lambda e: f"accepted answer {(e['step_index'] or 0) + 1}: {words(e['stop_reason'])}",
}
_TOLD: Mapping[str, Callable[[Facts], str | None]] = {
    "begun": lambda e: f"episode {e['episode_id']}{', known already: its first answer again' if e['replayed'] else ''}",
    "trace": _trace,
    "retraction": lambda e: f"taken back: {e['reason']}; another answer follows",
    "progress": lambda e: f"{(e['elapsed_ms'] or 0.0) / 1000:.0f} s: {e['model'] or 'judges'} at work",
    "tool_call": lambda e: f"tool call: {e['function']}" if e["function"] else None,
}
