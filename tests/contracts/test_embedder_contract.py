"""What every Embedder must do, whichever adapter it is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder, _package_folder
from pointsman_service.errors import ConfigurationError

HOSTILE = ["a", "\ud800 lone", "\x00", "x" * 1_000_000, "word " * 200_000, "数学 مرحبا привет", "🙂" * 50]


@pytest.fixture(scope="module")
def wordllama_embedder():
    """One for all tests: it holds 32 MB."""
    return WordLlamaEmbedder()


@pytest.fixture(params=["wordllama"])
def embedder(request):
    """Each adapter in turn."""
    return request.getfixturevalue(f"{request.param}_embedder")


def test_vectors_are_float32_of_unit_length_and_the_stated_dimension(embedder):
    """So that a dot product is a cosine, for any text that has content."""
    for text in ["How many apples are left?", *HOSTILE]:
        vector = embedder.embed(text)
        assert vector.dtype == np.float32
        assert vector.shape == (embedder.dimension,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("empty", ["", "   ", "\n\t"])
def test_an_empty_text_is_zeros(embedder, empty):
    """Nothing to say is no direction, rather than an error or a random one."""
    assert not embedder.embed(empty).any()


def test_the_same_text_has_the_same_vector(embedder):
    """Replays and idempotent retries see the same context."""
    assert np.array_equal(embedder.embed("predict the output"), embedder.embed("predict the output"))


def test_different_texts_have_different_vectors(embedder):
    """An embedding that cannot tell texts apart would make a router blind."""
    assert not np.allclose(embedder.embed("prove the theorem"), embedder.embed("bake a chocolate cake"))


def test_threads_may_share_one_embedder(embedder):
    """Eight threads get what one thread gets."""
    texts = [f"question number {i} about topic {i % 7}" for i in range(40)]
    alone = [embedder.embed(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(embedder.embed, texts))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_feature_version_names_the_embedder_and_the_dimension(embedder):
    """A change of either starts new estimators, so both are in the name."""
    assert str(embedder.dimension) in embedder.feature_version
    assert embedder.feature_version.startswith("wordllama-")


def test_wordllama_vectors_are_those_of_its_own_library(wordllama_embedder):
    """Reading the weights directly is only faster, not different."""
    from wordllama import WordLlama

    folder = _package_folder()
    library = WordLlama.load(cache_dir=Path(folder), disable_download=True)
    for text in ["How many apples are left?", "def f(x):\n    return x + 1", "数学"]:
        assert np.allclose(wordllama_embedder.embed(text), library.embed(text, norm=True)[0], atol=1e-5)


def test_wordllama_puts_related_texts_nearer_than_unrelated_ones(wordllama_embedder):
    """What a taxonomy relies on."""
    python, javascript, cake = (
        wordllama_embedder.embed(t)
        for t in ("write a python function", "implement a javascript function", "bake a chocolate cake")
    )
    assert python @ javascript > python @ cake


def test_head_tail_and_middle_of_a_long_prompt_all_count(wordllama_embedder):
    """An instruction before or after long material changes the vector, and so does the material."""
    material = "The quarterly report shows revenue. " * 500
    base = wordllama_embedder.embed(material)
    other = "Kubernetes pods restart. " * 720
    assert not np.allclose(base, wordllama_embedder.embed("Translate into French: " + material), atol=1e-6)
    assert not np.allclose(base, wordllama_embedder.embed(material + " Translate into French."), atol=1e-6)
    half = material[:6000] + other[:6000] + material[12_000:]
    assert not np.allclose(base, wordllama_embedder.embed(half), atol=1e-6)


def test_a_wordllama_without_its_weights_is_a_configuration_error(tmp_path, monkeypatch):
    """The start fails in one line that says what to install."""
    (tmp_path / "wordllama").mkdir()
    (tmp_path / "wordllama" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "wordllama", raising=False)
    with pytest.raises(ConfigurationError, match="lacks weights"):
        WordLlamaEmbedder()
