"""What the log has, read from its file: of each acknowledged id exactly one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

EVENTS = {
    "episode": "SELECT request_id, episode_id FROM episodes WHERE is_reply = 1 AND request_id IS NOT NULL",
    "feedback": "SELECT request_id, position FROM feedback",
    "outcome": "SELECT request_id, position FROM outcomes WHERE request_id IS NOT NULL",
}
TWICE = {
    "episode": "SELECT request_id FROM episodes WHERE answered = 1 AND request_id IS NOT NULL",
    "feedback": EVENTS["feedback"],
    "outcome": EVENTS["outcome"],
}


def opened(file):
    """The log, read only."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
    return closing(connection)


def compared(file, told):
    """(acknowledged that are missing or others, request ids that are there twice)."""
    lost, doubled = [], []
    with opened(file) as connection:
        for kind, select in EVENTS.items():
            there = dict(connection.execute(select).fetchall())
            lost += [(kind, i, what) for (k, i), what in told.told.items() if k == kind and there.get(i) != what]
            seen = Counter(row[0] for row in connection.execute(TWICE[kind]))
            doubled += [(kind, i) for i, times in seen.items() if times > 1]
    return lost, doubled + [tuple(map(str, d)) for d in told.different]


def ends(file):
    """(the log's end, how far the newest snapshot has learnt)."""
    with opened(file) as connection:
        end = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
        learnt = connection.execute("SELECT coalesce(max(position), 0) FROM snapshots").fetchone()[0]
    return end, learnt
