"""What of a provider's failure is the operator's is not for those who only ask; what helps them to ask better stays."""

import pytest
from pointsman_service.domain.operator_words import for_callers

THE_OPERATORS = [
    "cannot connect to small at http://10.1.2.3:8000/v1: Cannot connect to host 10.1.2.3:8000 ssl:default [Connect "
    "call failed ('10.1.2.3', 8000)]",
    "small at https://llm-7.corp.internal/v1?api-version=1 closed the connection: Server disconnected",
    "Cannot connect to host llm-7.corp.internal:443 ssl:True [Name or service not known]",
    "certificate is not valid for 'llm-7.corp.internal'",
    "Cannot connect to host vllm:8000 ssl:default [Connect call failed ('::1', 8000, 0, 0)]",
    "no healthy upstream: vllm-0.vllm.default.svc.cluster.local",
    "upstream fd00::8000:7 is gone; so is [fd00::8000:7]:8000",
    "the provider answered 302: it redirects to /llm-7/login, which is not followed",
    "the provider answered 302: it redirects to https://llm-7.corp.internal/login, which is not followed",
    'open() "/usr/share/llm-7/index.html" failed (2: No such file or directory)',
    "the key of small: the environment variable LLM_7_KEY is not set",
    "AZURE_LLM_7_API_BASE is not set",
    "localhost:8000 refused, so did llm-7.localhost",
]  # fmt: skip
THE_CALLERS = [
    "the provider answered 400: messages.0.content.text: Input should be a valid string",
    "This model's maximum context length is 8192 tokens, you asked for 9,000 (8,000 in the messages).",
    "the provider answered 429: Rate limit reached for gpt-4.1-mini: 3 per minute; try again in 20.5 s (at 12:30:45)",
    "tools[0].function.parameters: schema.$ref is not supported, max_tokens: 16, top_p 0.5/1.0, and/or both",
    "anthropic.claude-3-5-sonnet-20241022-v2:0 is overloaded, use llama3.1:70b or org/model-1.5",
]


@pytest.mark.parametrize("text", THE_OPERATORS, ids=range(len(THE_OPERATORS)))
def test_addresses_files_and_variables_are_taken_out(text):
    """However the provider, aiohttp or the machine writes them."""
    shown = for_callers(text).lower()
    for secret in ("10.1.2.3", "llm-7", "llm_7", "corp", "8000", "vllm", "svc", "fd00", "::1", "/usr", "localhost"):
        assert secret not in shown


@pytest.mark.parametrize("text", THE_CALLERS, ids=range(len(THE_CALLERS)))
def test_what_helps_a_caller_stays(text):
    """Names of fields and models, limits, times."""
    assert for_callers(text) == text
