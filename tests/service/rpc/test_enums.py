"""Every enum of the contract and the service's words for its values."""

from typing import get_args

import pytest
from pointsman import v1
from pointsman_service.domain import configured, operations, requests
from pointsman_service.rpc import enums
from pointsman_service.rpc.enums import Words

TABLES = {name: table for name, table in vars(enums).items() if isinstance(table, Words)}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_value_has_one_word_and_each_word_its_value(table):
    """Both ways, and UNSPECIFIED has none."""
    values = [v1.__dict__[name] for name in table.names]
    words = [table.word(value) for value in values]
    assert [table.value(word) for word in words] == values
    assert len(set(words)) == len(words)
    assert (table.word(table.unspecified), table.value(None), table.unspecified) == (None, 0, 0)


def test_every_enum_of_the_contract_has_a_table():
    """But the reasons of errors, which have their own."""
    files = (v1.Model, v1.ChatMessage, v1.Episode, v1.Feedback, v1.RouteRequest, v1.Tally, v1.Query)
    declared = {e.name for m in files for e in m.DESCRIPTOR.file.enum_types_by_name.values()}
    prefixes = {name.replace("_", "").lower() for table in TABLES.values() for name in table.names}
    assert {d for d in declared if not any(p.startswith(d.lower()) for p in prefixes)} == set()
    assert len(declared) == len(TABLES)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (enums.CONFIG_ORIGINS, get_args(operations.Origin)),
        (enums.FEEDBACK_SOURCES, get_args(requests.FeedbackSource)),
        (enums.STREAM_MODES, get_args(requests.StreamMode)),
        (enums.MODALITIES, configured.MODALITIES),
        (enums.QUANTITIES, ("quality", "cost_usd", "utility")),
        (enums.STATS_GROUPS, tuple(word for word in get_args(operations.Group) if word != "none")),
        (enums.ESTIMATORS, ("logged", "ips", "snips", "dr")),
        (enums.ACTION_KINDS, ("call", "ask", "accept")),
    ],
)
def test_the_words_are_those_of_the_domain(table, words):
    """None of them is without a value, and no value is without its word."""
    assert {table.value(word) for word in words} == {v1.__dict__[name] for name in table.names}


def test_a_word_that_the_contract_does_not_name_is_unspecified_or_other():
    """A newer part of the service never breaks an answer."""
    assert enums.STRATEGIES.value("clairvoyant") == v1.STRATEGY_UNSPECIFIED
    assert enums.FINISH_REASONS.value("tired") == v1.FINISH_REASON_OTHER
    assert enums.FINISH_REASONS.value(None) == v1.FINISH_REASON_UNSPECIFIED
