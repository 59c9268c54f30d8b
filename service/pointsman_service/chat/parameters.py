"""Which parameters of a caller may reach a provider, and what is known to be refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OF_OPENAI = (
    # OpenAI's chat completions, but for what the service says itself, and for metadata, which litellm reads.
    "temperature top_p max_tokens max_completion_tokens stop seed presence_penalty frequency_penalty logit_bias "
    "logprobs top_logprobs user reasoning_effort verbosity modalities audio prediction tool_choice parallel_tool_calls "
    "functions function_call service_tier store safety_identifier prompt_cache_key prompt_cache_retention "
    "web_search_options"
)
_OF_OTHERS = (
    # Anthropic's, Google's, Cohere's, vLLM's, Ollama's and OpenRouter's names for what OpenAI does not have.
    "thinking top_k top_a min_p min_tokens typical_p tfs_z epsilon_cutoff eta_cutoff repetition_penalty length_penalty "
    "no_repeat_ngram_size mirostat mirostat_tau mirostat_eta num_ctx num_predict repeat_penalty repeat_last_n "
    "best_of use_beam_search stop_token_ids ignore_eos skip_special_tokens guided_json guided_regex guided_choice "
    "guided_grammar structured_outputs chat_template_kwargs enable_thinking thinking_budget include_reasoning "
    "reasoning reasoning_format random_seed safe_prompt"
)
GENERATION_PARAMS = frozenset(f"{_OF_OPENAI} {_OF_OTHERS}".split())
"""What says how to generate. litellm takes its own settings (addresses, keys, callbacks, invented answers) as
parameters of the same call, several hundred and more with each release; so what is not known here does not reach it."""


def of_generation(params: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say how to generate.

    >>> of_generation({"temperature": 0, "api_base": "http://elsewhere.example"})
    {'temperature': 0}
    """
    return {name: value for name, value in params.items() if name in GENERATION_PARAMS}
