"""Everything that providers were seen to send, on both adapters: each row of the tables is a test."""

import pytest

from .asking import asked, holds
from .connection_rows import CONNECTION_PLAIN, CONNECTION_STREAMED
from .native_rows import NATIVE_PLAIN, NATIVE_STREAMED
from .plain_rows import PLAIN
from .streamed_rows import STREAMED
from .upstream import Row

# litellm reads the odd answers, too, before they are read here, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


def _cases(rows: list[Row]) -> list:
    return [pytest.param(row, adapter, id=f"{row.name}-{adapter}") for row in rows for adapter in row.adapters]


@pytest.mark.parametrize(("row", "adapter"), _cases([*PLAIN, *NATIVE_PLAIN, *CONNECTION_PLAIN]))
async def test_a_whole_answer_is_read_or_is_a_failed_step(row, adapter):
    """What the provider's body says, or a failure that says what was wrong with it."""
    holds(row, await asked(row, adapter))


@pytest.mark.parametrize(("row", "adapter"), _cases([*STREAMED, *NATIVE_STREAMED, *CONNECTION_STREAMED]))
async def test_a_stream_is_read_or_is_a_failed_step(row, adapter):
    """As a whole answer; and what was shown while it came is what came of it."""
    holds(row, await asked(row, adapter))


def test_rows_are_told_apart_by_their_names():
    """A name that is there twice would hide a row."""
    for rows in (
        [*PLAIN, *NATIVE_PLAIN, *CONNECTION_PLAIN],
        [*STREAMED, *NATIVE_STREAMED, *CONNECTION_STREAMED],
    ):
        names = [row.name for row in rows]
        assert sorted(names) == sorted(set(names))
