"""A folder that has its name only when everything in it is whole."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pointsman_service.errors import LogUnavailable


@contextmanager
def draft_folder(to: Path) -> Iterator[Path]:
    """A folder beside the wanted one, its owner's alone, gone at the end unless it was renamed.

    Raises LogUnavailable where it cannot be written, also for what the block writes into it.
    """
    draft = to.with_name(f".{to.name}.{uuid.uuid4().hex[:8]}.draft")
    try:
        draft.mkdir(parents=True, mode=0o700)
        yield draft
    except OSError as e:
        raise LogUnavailable(f"{to} cannot be written: {e}", reason="io", path=to) from e
    finally:
        shutil.rmtree(draft, ignore_errors=True)
