"""The file is read again only where it is whole, as far as that can be told."""

import os

import pytest
from pointsman_service.config import load
from pointsman_service.config.rereading import MOST_LOOKS, read_again
from pointsman_service.errors import ConfigurationError
from pointsman_service.process.reloading import reloaded

MODEL = '[[models]]\nname = "m"\nbase_url = "http://127.0.0.1:1/v1"\nunpriced = true\n'
WHOLE = f"[tenants.a]\n[tenants.b]\n{MODEL}"


@pytest.fixture
def file(tmp_path):
    """A whole file."""
    made = tmp_path / "pointsman.toml"
    made.write_text(WHOLE)
    return made


def again(file, pause=lambda _seconds: None):
    """The file once more; what happens while it is waited for."""
    return read_again(file, lambda: load(file), pause)


def test_a_whole_file_is_read(file):
    """After it was still for a moment."""
    assert [name for name, _ in again(file).tenants.items()] == ["a", "b"]


def test_a_file_that_is_being_written_is_read_when_it_is_whole(file):
    """Its first lines alone would parse, and end a tenant."""
    rest = WHOLE.splitlines(keepends=True)
    file.write_text(rest.pop(0))

    def write(_seconds):
        if rest:
            with file.open("a") as more:
                more.write(rest.pop(0))

    assert [name for name, _ in again(file, write).tenants.items()] == ["a", "b"]


def test_a_file_that_is_never_still_is_refused(file):
    """The wait has an end, and says why."""
    looks = []

    def write(_seconds):
        looks.append(_seconds)
        with file.open("a") as more:
            more.write("# more\n")

    with pytest.raises(ConfigurationError, match="is still being written"):
        again(file, write)
    assert len(looks) == MOST_LOOKS


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_one_that_was_cut_off(file, text):
    """Taken, it would end every tenant and key of the file; at a start it means defaults."""
    file.write_text(text)
    assert load(file).on_replay
    with pytest.raises(ConfigurationError, match=r"pointsman.toml: is empty"):
        again(file)


def test_a_pipe_is_refused_unread(tmp_path):
    """Opening one without a writer would hold a thread for ever, and with it every later reload and the stop."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ConfigurationError, match="is no regular file"):
        again(pipe)


@pytest.mark.parametrize("make", [lambda file: file.unlink(), lambda file: (file.unlink(), file.mkdir())])
def test_a_file_that_is_gone_or_a_folder_is_told(file, make):
    """As at a start."""
    make(file)
    with pytest.raises(ConfigurationError, match=r"no such file|Is a directory"):
        again(file)


def test_without_a_file_the_environment_is_read(file):
    """There is nothing that could be half written."""
    assert read_again(None, lambda: load(file)).models


def test_a_file_that_lost_its_models_changes_nothing(file):
    """Cut off before them it parses, and what is left of it is not taken either."""
    running = load(file)
    file.write_text("[tenants.a]\n")
    with pytest.raises(ConfigurationError, match="models: there are none any more"):
        reloaded(running, again(file))


def test_a_file_that_never_had_models_is_taken(file):
    """Recorded answers stand in before and after."""
    file.write_text("[tenants.a]\n")
    running = load(file)
    file.write_text("[tenants.b]\n")
    assert [name for name, _ in reloaded(running, again(file)).tenants.items()] == ["b"]
