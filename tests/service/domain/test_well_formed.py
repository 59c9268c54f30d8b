"""Texts that UTF-8 can carry, whatever they were before."""

from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.domain.well_formed import TextJoiner, well_formed

ANY = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\ud83d\ude00\udbff\udc00"))


@given(ANY)
def test_every_text_becomes_one_that_can_be_sent(text):
    """And one that could be sent before is the same."""
    well_formed(text).encode()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert well_formed(text) == text


@given(ANY, st.data())
def test_where_a_text_is_cut_makes_no_difference(text, data):
    """Between the two halves of a character, too."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    joiner = TextJoiner()
    pieces = [joiner.add(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    for piece in pieces:
        piece.encode()
    assert "".join(pieces) + joiner.end() == well_formed(text)


def test_a_character_in_two_halves_is_one_again():
    """A half that stays alone is a sign that something was here."""
    assert well_formed("a\ud83d\ude00b") == "a\U0001f600b"
    assert well_formed("\ude00\ud83d") == "\ufffd\ufffd"
