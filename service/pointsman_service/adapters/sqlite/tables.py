"""The first migration: every table, index and view of release 0.2.0, from which later ones go on.

`events` is the log, and the only truth. The other tables of this module's first half are projections of it, written in
the same transaction and keyed by the event's position: the columns that something asks for. `texts` keeps what people
wrote and models answered apart, and who they were in clear, so that privacy and retention can drop it alone. The second
half is state that needs no log: snapshots and checkpoints, what must be exact at once, jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils


def make_tables(db: sqlite_utils.Database) -> None:
    """All of them, in an empty file."""
    _log(db)
    _episodes(db)
    _calls(db)
    _told_of_episodes(db)
    _told_once(db)
    _configuration(db)
    _retention(db)
    _snapshots(db)
    _ledger(db)
    _jobs(db)
    _views(db)


def _log(db: sqlite_utils.Database) -> None:
    # AUTOINCREMENT, which sqlite-utils does not offer: a position is never given twice, even after pruning.
    db.execute(
        "CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL,"
        " subject INTEGER, payload TEXT NOT NULL) STRICT"
    )


def _episodes(db: sqlite_utils.Database) -> None:
    """is_reply: a repetition of its request_id gets this episode. answer: the accepted step's index."""
    episodes = db.table("episodes").create(
        {
            "position": int,
            "episode_id": str,
            "tenant": str,
            "at": float,
            "request_id": str,
            "is_reply": int,
            "session_id": str,
            "end_user": str,
            "model": str,
            "node": str,
            "strategy": str,
            "stop": str,
            "answer": int,
            "calls": int,
            "errors": int,
            "answered": int,
            "believed": float,
            "cost_usd": float,
            "latency_ms": float,
            "feedback_weight": float,
            "feedback_sum": float,
        },
        pk="position",
        not_null={"episode_id", "tenant", "at", "is_reply", "model", "stop", "calls", "errors", "answered", "cost_usd"},
        defaults={"feedback_weight": 0.0, "feedback_sum": 0.0},
        strict=True,
    )
    episodes.create_index(["episode_id"], unique=True)
    episodes.create_index(["at"])
    episodes.create_index(["tenant", "at"])
    for column in ("request_id", "session_id"):
        db.execute(f"CREATE INDEX idx_episodes_{column} ON episodes (tenant, {column}) WHERE {column} IS NOT NULL")
    db.execute("CREATE UNIQUE INDEX idx_episodes_reply ON episodes (tenant, request_id) WHERE is_reply = 1")
    db.table("texts").create(
        {"position": int, "prompt": str, "answers": str, "response": str, "end_user_id": str},
        pk="position",
        strict=True,
    )


def _calls(db: sqlite_utils.Database) -> None:
    calls = db.table("calls").create(
        {
            "episode": int,
            "step": int,
            "model": str,
            "deployment": str,
            "failed": int,
            "failure_kind": str,
            "cost_usd": float,
            "judge_cost_usd": float,
            "latency_ms": float,
            "input_tokens": int,
            "output_tokens": int,
            "cached_input_tokens": int,
            "reasoning_tokens": int,
        },
        pk=("episode", "step"),
        not_null={"model", "failed", "cost_usd", "judge_cost_usd", "latency_ms", "input_tokens", "output_tokens"},
        strict=True,
    )
    calls.create_index(["model", "episode"])


def _told_of_episodes(db: sqlite_utils.Database) -> None:
    feedback = db.table("feedback").create(
        {
            "position": int,
            "tenant": str,
            "request_id": str,
            "episode": int,
            "at": float,
            "source": str,
            "value": float,
            "weight": float,
            "model": str,
            "end_user": str,
        },
        pk="position",
        not_null={"tenant", "request_id", "episode", "at", "source", "value", "weight"},
        strict=True,
    )
    outcomes = db.table("outcomes").create(
        {
            "position": int,
            "tenant": str,
            "request_id": str,
            "episode": int,
            "at": float,
            "model": str,
            "failed": int,
            "failure_kind": str,
            "cost_usd": float,
            "latency_ms": float,
            "input_tokens": int,
            "output_tokens": int,
        },
        pk="position",
        not_null={"tenant", "episode", "at", "model", "failed"},
        strict=True,
    )
    for table in (feedback, outcomes):
        table.create_index(["tenant", "request_id"], unique=True)
        table.create_index(["episode"])


def _told_once(db: sqlite_utils.Database) -> None:
    sessions = db.table("session_outcomes").create(
        {
            "position": int,
            "tenant": str,
            "request_id": str,
            "session_id": str,
            "at": float,
            "source": str,
            "value": float,
            "end_user": str,
        },
        pk="position",
        not_null={"tenant", "request_id", "session_id", "at", "source", "value"},
        strict=True,
    )
    sessions.create_index(["tenant", "request_id"], unique=True)
    sessions.create_index(["tenant", "session_id"])
    warm_starts = db.table("warm_starts").create(
        {"position": int, "request_id": str, "at": float, "queries": int, "outcomes": int},
        pk="position",
        not_null={"request_id", "at", "queries", "outcomes"},
        strict=True,
    )
    warm_starts.create_index(["request_id"], unique=True)
    actions = db.table("operator_actions").create(
        {"position": int, "request_id": str, "at": float, "by": str, "method": str, "fingerprint": str},
        pk="position",
        not_null={"at", "by", "method", "fingerprint"},
        strict=True,
    )
    actions.create_index(["request_id"], unique=True)


def _configuration(db: sqlite_utils.Database) -> None:
    """layer: "declared" or "changed". kind: the section; name: of the entry; field: "" for the entry itself."""
    configuration = db.table("configuration").create(
        {
            "id": int,
            "layer": str,
            "kind": str,
            "name": str,
            "field": str,
            "value": str,
            "origin": str,
            "by": str,
            "at": float,
            "position": int,
        },
        pk="id",
        not_null={"layer", "kind", "name", "field", "value", "origin", "by", "at", "position"},
        strict=True,
    )
    configuration.create_index(["kind", "name", "field", "layer"], unique=True)
    db.table("configuration_version").create({"id": int, "position": int}, pk="id", not_null={"position"}, strict=True)


def _retention(db: sqlite_utils.Database) -> None:
    db.table("expired").create({"key": int}, pk="key", strict=True)
    # The state lies in the database itself: a copy of the one file must be able to go on from it.
    db.table("pruned").create(
        {"id": int, "through": int, "at": float, "state": bytes}, pk="id", not_null={"through", "state"}, strict=True
    )


def _snapshots(db: sqlite_utils.Database) -> None:
    db.execute(
        "CREATE TABLE snapshots (version INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,"
        " created_at REAL NOT NULL, checksum TEXT NOT NULL, size_bytes INTEGER NOT NULL, file TEXT NOT NULL,"
        " note TEXT NOT NULL) STRICT"
    )
    db.table("snapshot_choice").create(
        {"id": int, "active": int, "pinned": int, "at": float}, pk="id", not_null={"pinned"}, strict=True
    )
    checkpoints = db.table("checkpoints").create(
        {"id": int, "position": int, "created_at": float, "checksum": str, "size_bytes": int, "file": str},
        pk="id",
        not_null={"position", "created_at", "checksum", "size_bytes", "file"},
        strict=True,
    )
    checkpoints.create_index(["position"])


def _ledger(db: sqlite_utils.Database) -> None:
    db.table("spending").create(
        {"tenant": str, "period_s": float, "starts_at": float, "settled_usd": float, "held_usd": float},
        pk=("tenant", "period_s", "starts_at"),
        not_null={"settled_usd", "held_usd"},
        strict=True,
    )
    db.table("reservations").create(
        {"id": str, "tenant": str, "period_s": float, "starts_at": float, "usd": float},
        pk="id",
        not_null={"tenant", "period_s", "starts_at", "usd"},
        strict=True,
    )
    sessions = db.table("sessions").create(
        {"tenant": str, "session_id": str, "model": str, "expires_at": float},
        pk=("tenant", "session_id"),
        not_null={"model", "expires_at"},
        strict=True,
    )
    sessions.create_index(["expires_at"])


def _jobs(db: sqlite_utils.Database) -> None:
    db.table("job_runs").create(
        {"name": str, "started_at": float, "ended_at": float, "outcome": str, "detail": str},
        pk="name",
        not_null={"started_at", "ended_at", "outcome", "detail"},
        strict=True,
    )
    db.table("job_requests").create({"name": str, "at": float}, pk="name", not_null={"at"}, strict=True)


def _views(db: sqlite_utils.Database) -> None:
    from pointsman_service.adapters.sqlite.views import VIEWS  # noqa: PLC0415 - only a migration needs them

    for name, sql in VIEWS.items():
        db.create_view(name, sql)
