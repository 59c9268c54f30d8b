"""Tokens as they are billed: what a provider counts apart belongs to the prompt, or to the answer."""

import pytest
from pointsman_service.chat.usage import usage_of
from pointsman_service.domain import Usage


def usage(**counts):
    """As a response has it."""
    return usage_of({"usage": counts})


def test_openai_counts_thoughts_into_the_answer():
    """And cached tokens into the prompt: nothing is apart."""
    said = usage(
        prompt_tokens=100, completion_tokens=50, total_tokens=150,
        prompt_tokens_details={"cached_tokens": 80}, completion_tokens_details={"reasoning_tokens": 40},
    )  # fmt: skip
    assert said == Usage(100, 80, 50, 40)


@pytest.mark.parametrize("total", [450, None])
def test_xai_counts_thoughts_beside_the_answer(total):
    """The total says so, or that there were more of them than the whole answer has."""
    said = usage(
        prompt_tokens=100, completion_tokens=50, total_tokens=total, completion_tokens_details={"reasoning_tokens": 300}
    )
    assert said == Usage(100, None, 350, 300)


def test_thoughts_that_only_the_total_has_are_charged():
    """Gemini behind a gateway."""
    assert usage(prompt_tokens=5, completion_tokens=10, total_tokens=500) == Usage(5, None, 495, 485)


def test_fewer_thoughts_than_answer_are_apart_where_the_total_says_so():
    """150 are 100 and 30 and 20."""
    said = usage(
        prompt_tokens=100, completion_tokens=30, total_tokens=150, completion_tokens_details={"reasoning_tokens": 20}
    )
    assert said == Usage(100, None, 50, 20)


def test_anthropics_names_leave_the_cache_out_of_the_prompt():
    """Read from it and written to it."""
    said = usage(input_tokens=10, output_tokens=5, cache_read_input_tokens=900, cache_creation_input_tokens=90)
    assert said == Usage(1000, 900, 5, None, 90)


def test_a_cache_beside_the_prompt_is_told_by_the_total_or_its_size():
    """Under OpenAI's names as well."""
    details = {"prompt_tokens_details": {"cached_tokens": 900}}
    assert usage(prompt_tokens=1000, completion_tokens=5, total_tokens=1905, **details) == Usage(1900, 900, 5)
    assert usage(prompt_tokens=100, completion_tokens=5, **details) == Usage(1000, 900, 5)
    assert usage(prompt_tokens=1000, completion_tokens=5, total_tokens=1005, **details) == Usage(1000, 900, 5)


def test_cache_writes_and_sound_are_counted():
    """OpenRouter's and OpenAI's words."""
    said = usage(
        prompt_tokens=100, completion_tokens=50,
        prompt_tokens_details={"cache_write_tokens": 60, "audio_tokens": 20},
        completion_tokens_details={"audio_tokens": 30},
    )  # fmt: skip
    assert (said.cache_write_tokens, said.audio_input_tokens, said.audio_output_tokens) == (60, 20, 30)


@pytest.mark.parametrize("total", [10**12, -5, "many", 0, 120])
def test_a_total_that_cannot_be_changes_nothing(total):
    """Nor one below its parts."""
    assert usage(prompt_tokens=100, completion_tokens=50, total_tokens=total) == Usage(100, None, 50)
