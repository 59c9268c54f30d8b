"""What passed, as a table of client by group of vectors."""

from __future__ import annotations

from collections.abc import Sequence

from .performance import Result


def table(results: Sequence[Result]) -> str:
    """A row for each group, a column for each client: passed of all, and a mark where one failed.

    >>> print(table([Result("go", {"group": "unary"}, None), Result("go", {"group": "unary"}, "late")]), end="")
    group     go
    unary  1/2 !
    all    1/2 !
    """
    clients = list(dict.fromkeys(r.client for r in results))
    groups = list(dict.fromkeys(r.vector["group"] for r in results))
    rows = [("group", *clients)]
    for group in [*groups, "all"]:
        of_group = [r for r in results if group in ("all", r.vector["group"])]
        rows.append((group, *(_count([r for r in of_group if r.client == client]) for client in clients)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "".join(_line(row, widths) for row in rows)


def summary(results: Sequence[Result]) -> str:
    """The last line."""
    failed = sum(r.wrong is not None for r in results)
    names = dict.fromkeys(r.client for r in results)
    if not results:
        return "no vector was played\n"
    of_each = len(results) // len(names)
    how = "all passed" if not failed else f"{failed} of {len(results)} failed"
    return f"{of_each} vectors with each of {', '.join(names)}: {how}\n"


def _count(results: Sequence[Result]) -> str:
    passed = sum(r.wrong is None for r in results)
    return f"{passed}/{len(results)}" + (" !" if passed < len(results) else "")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *cells]).rstrip() + "\n"
