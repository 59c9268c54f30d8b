"""A whole answer, read as callers read one."""

from pointsman_service.chat.completion import Completion, StreamedCompletion


def read_completion(payload: object) -> Completion:
    """Of a chat.completion object. Raises ModelCallError: garbage, or the error that a 200 response carries."""
    whole = StreamedCompletion()
    whole.add_whole(payload)
    whole.end()
    return whole.completion()
