"""API keys as texts: what is one, what is kept of it, and how long it opens."""

import os
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.domain.api_keys import ApiKey, digest_of, id_of, make_key

MADE, NEXT = make_key(os.urandom), make_key(os.urandom)
KEY = ApiKey("ci", MADE.id, MADE.sha256, "team-a", ("call",))


@given(st.text(max_size=120))
def test_no_other_text_is_a_key(text):
    """Of whatever letters and length it is."""
    assert id_of(text) is None


@given(st.integers(0, len(MADE.text) - 1), st.characters(codec="utf-8"))
def test_a_key_with_one_other_character_opens_nothing(place, character):
    """Wherever it is, in the id or in the secret."""
    text = MADE.text[:place] + character + MADE.text[place + 1 :]
    assert KEY.is_opened_by(text, 0.0) is (text == MADE.text)


def test_what_is_kept_does_not_open():
    """Whoever reads the log, a backup or the configuration has no key."""
    assert id_of(MADE.sha256) is None
    assert not KEY.is_opened_by(MADE.sha256, 0.0)


def test_two_keys_have_nothing_in_common():
    """Neither the id nor the secret."""
    assert MADE.id != NEXT.id
    assert MADE.text.rpartition("_")[2] != NEXT.text.rpartition("_")[2]


def test_the_key_before_a_rotation_opens_until_the_overlap_is_over():
    """To the second that was told; the next one opens at once."""
    rotated = replace(KEY, sha256=NEXT.sha256, previous_sha256=MADE.sha256, previous_until=100.0)
    assert [rotated.is_opened_by(MADE.text, at) for at in (0.0, 99.9, 100.0)] == [True, True, False]
    assert rotated.is_opened_by(NEXT.text, 0.0)


def test_a_key_expires_at_its_time():
    """Then and not before; without one, never."""
    assert [replace(KEY, expires_at=5.0).has_expired(at) for at in (4.9, 5.0)] == [False, True]
    assert not KEY.has_expired(1e12)


def test_nothing_long_is_hashed():
    """A guess of a megabyte costs a look at its length: its digest is never asked for."""
    assert id_of(MADE.text + "0" * 1_000_000) is None
    assert digest_of(MADE.text) == MADE.sha256
