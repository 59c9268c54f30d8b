"""A key for the file: its text on the first line, and the table that declares it by its hash."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pointsman_service.cli.fields import Given, put


def key_table(name: str, given: Given) -> str:
    """TOML, with the key in a comment that is to be taken out. Raises InvalidRequest for what no key can be."""
    from pointsman import v1

    from pointsman_service.domain.api_keys import make_key
    from pointsman_service.process.offline import key_fields

    request = v1.CreateApiKeyRequest()
    put(request.api_key, {"name": name, **given})
    fields = key_fields(request)
    made = make_key(os.urandom)
    return "\n".join(
        (
            f"# {made.text}",
            "# Take the line above out: it is the key itself, which nobody can show again.",
            *_table(name, {"id": made.id, "sha256": made.sha256, **fields}),
            "",
        )
    )


def _table(name: str, fields: Given) -> Iterator[str]:
    from pointsman_service.domain.strict_json import dumps  # JSON's texts, numbers and lists of them are TOML's

    yield f"[keys.{dumps(name)}]"
    for field, value in fields.items():
        yield f"{field} = {value}" if field == "expires" else f"{field} = {dumps(value)}"
