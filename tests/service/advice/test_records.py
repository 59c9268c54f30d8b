"""Files of logs as records: each way of writing them, and what is damaged, told by its line."""

import contextlib
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.advice import records as module
from pointsman_service.advice.logged_call import Damaged
from pointsman_service.advice.records import Record, records
from pointsman_service.errors import ConfigurationError


@pytest.fixture
def read(tmp_path):
    """What a file of these bytes holds."""

    def reading(content):
        path = tmp_path / "log"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(records(path))

    return reading


def good(found):
    """The fields of those that could be read."""
    return [dict(r.fields) for r in found if isinstance(r, Record)]


def bad(found):
    """Lines that could not be read, with why."""
    return [(r.line, r.why) for r in found if isinstance(r, Damaged)]


def test_json_lines_are_read_one_by_one_with_their_numbers(read):
    """Blank lines count, and are none."""
    found = read('{"a": 1}\n\n{"a": 2}\r\n{"a": 3}')
    assert [(r.line, r.fields["a"]) for r in found] == [(1, 1), (3, 2), (4, 3)]


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_list_is_read_as_its_objects(read, indent):
    """On one line or on many; brackets and quotes in texts are texts."""
    rows = [{"a": '}{]["\\'}, {"a": {"b": [{"c": "\n\t"}]}}, {"a": "\u20ac"}]
    assert good(read(json.dumps(rows, indent=indent))) == rows


def test_objects_in_a_row_are_read_too(read):
    """A pretty-printed export, and several of them in one file."""
    assert good(read('{\n  "a": [1,\n 2]\n}\n{\n  "a": 3\n}\n')) == [{"a": [1, 2]}, {"a": 3}]


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=5), st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    ), max_size=3), min_size=1, max_size=5),
    indent=st.sampled_from([None, 2]),
    chunk=st.integers(1, 40),
)  # fmt: skip
def test_a_list_is_the_same_whatever_pieces_it_is_read_in(rows, indent, chunk, tmp_path_factory):
    """An escape, or a line's indentation, may be cut in two."""
    path = tmp_path_factory.mktemp("log") / "log.json"
    path.write_text(json.dumps(rows, indent=indent), encoding="utf-8")
    before, module.CHUNK = module.CHUNK, chunk
    try:
        assert good(records(path)) == rows
    finally:
        module.CHUNK = before


_SOUND = (
    b'{"a": "b\\n"}\n{"a": [1, {"b": "\\u20ac"}]}\n',
    b'[\n  {"a": 1},\n  {"a": "}{"}\n]\n',
    b'id,text\r\n1,"two\nlines"\r\n2,b\r\n',
    gzip.compress(b'{"a": 1}\n' * 50),
)


@given(
    sound=st.sampled_from(_SOUND),
    changes=st.lists(st.tuples(st.integers(0, 100), st.binary(max_size=4), st.integers(0, 9)), max_size=5),
)
def test_no_bytes_at_all_break_the_reading(sound, changes, tmp_path_factory):
    """Changed, cut, doubled: what is left is read, or refused in one line."""
    content = sound
    for place, put, gone in changes:
        content = content[:place] + put + content[place + gone :]
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_bytes(content)
    with contextlib.suppress(ConfigurationError):
        assert all(isinstance(r, Record | Damaged) for r in records(path))


def test_csv_is_read_by_its_header(read):
    """Quoted cells may go over several lines; a byte order mark is no part of the first name."""
    found = read('\ufeffid,text\r\n1,"two\nlines, and a ""quote"""\r\n2,b\r\n')
    assert [(r.line, dict(r.fields)) for r in found] == [
        (2, {"id": "1", "text": 'two\nlines, and a "quote"'}),
        (4, {"id": "2", "text": "b"}),
    ]


def test_gzip_is_known_by_its_bytes(read):
    """Not by the name of the file."""
    assert good(read(gzip.compress(b'{"a": 1}\n'))) == [{"a": 1}]


def test_a_cut_gzip_file_gives_what_came_before(read):
    """And says that it was cut."""
    lines = b"".join(b'{"a": %d}\n' % i for i in range(20_000))
    found = read(gzip.compress(lines)[:-2_000])
    assert len(good(found)) > 10
    assert "ends amid its compressed data" in bad(found)[-1][1]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"not json", "is not JSON"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b"[1, 2]", "is no JSON object"),
        (b'{"a": ' * 100_000, "is nested too deep"),
        (b'{"a": 1} {"a": 2}', "is not JSON"),
        (b'"text"', "is no JSON object"),
    ],
)
def test_a_damaged_line_is_told_by_its_number_and_the_rest_is_read(read, line, why):
    """Never what stands in it."""
    found = read(b'{"a": 1}\n' + line + b'\n{"a": 3}\n')
    assert good(found) == [{"a": 1}, {"a": 3}]
    ((number, said),) = bad(found)
    assert (number, said.startswith(why)) == (2, True), said
    assert "xff" not in said


def test_a_damaged_object_of_a_list_harms_no_other(read):
    """Where one never ends, the next is found by its indentation."""
    found = read('[\n  {"a": 1},\n  {"a": nope},\n  {"a": "cut\n  },\n  {"b": {"c": [1,\n  {"a": 4}\n]\n')
    assert good(found) == [{"a": 1}, {"a": 4}]
    assert [line for line, _ in bad(found)] == [3, 4, 6]


def test_bytes_that_are_no_text_are_damage_in_a_list_and_in_csv_too(read):
    """They are not silently replaced."""
    assert bad(read(b'[{"a": "\xff"}, {"a": "b"}]')) == [(1, "is not UTF-8")]
    assert bad(read(b"id,text\n1,\xff\n2,b\n")) == [(2, "is not UTF-8")]


def test_rows_of_another_width_are_damage(read):
    """A cell too many would shift the others."""
    found = read("id,text\n1,a,b\n2,c\n")
    assert (good(found), bad(found)) == ([{"id": "2", "text": "c"}], [(2, "has 3 columns, the header 2")])


def test_an_endless_line_is_passed_over(read, monkeypatch):
    """Memory is bounded by the longest record."""
    monkeypatch.setattr(module, "LONGEST_RECORD", 2**20)
    found = read(b'{"a": "' + b"x" * 2**21 + b'"}\n{"a": 2}\n')
    assert (good(found), bad(found)) == ([{"a": 2}], [(1, "is longer than 1 MB")])


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b" \n\n", "is empty"), ("{}".encode("utf-16"), "is no text in UTF-8")]
)
def test_a_file_without_anything_is_refused(read, content, why):
    """In one line."""
    with pytest.raises(ConfigurationError, match=why):
        read(content)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """By its name."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.jsonl: cannot be opened"):
        list(records(tmp_path / "nowhere.jsonl"))


def test_numbers_that_json_has_no_word_for_are_not_told(read):
    """Pandas writes NaN; and a number of ten thousand digits takes no time."""
    (found,) = good(read('{"a": NaN, "b": Infinity, "c": 1e999, "d": %s}' % ("9" * 10_000)))
    assert (found["a"], found["b"]) == (None, None)
    assert found["c"] == found["d"] == float("inf")
