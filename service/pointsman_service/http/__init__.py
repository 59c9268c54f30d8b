"""The OpenAI-compatible door: JSON over HTTP/1.1 for whoever talks to OpenAI's or Anthropic's addresses already.

It reads JSON into the same values as the gRPC door reads protobuf, and calls the same application. No door knows the
other.

| module | what |
| --- | --- |
| server, connections | where it listens, TLS, what a connection may do |
| border, body, headers | of every request: who calls, whether it may begin, how much it may send, errors, counts |
| dialects, error_table | errors as OpenAI's and as Anthropic's clients read them |
| fields | checks of JSON values |
| model_names, extension | what `model` says, and what is ours beside it |
| chat_*, responses_*, messages_* | `/v1/chat/completions`, `/v1/responses`, `/v1/messages`: read and written |
| feedback, models, embeddings, operations, openapi | the other paths |
"""
