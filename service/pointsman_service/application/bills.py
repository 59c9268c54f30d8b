"""What a call came to, for the tenant whose ceiling it counts in: known, or the most that it can have been."""

from __future__ import annotations

from pointsman_service.application.call_price import Quote
from pointsman_service.domain import ModelAnswer, Usage


def paid_usd(quote: Quote, answer: ModelAnswer, held_usd: float) -> float:
    """Dollars that count for a call that was answered.

    Where nobody knows the model's price, its tokens at the dearest model's. Where another deployment may charge as
    well, all that was held once more.
    """
    if answer.cost_source == "unknown":
        usage = Usage(answer.input_tokens, answer.cached_input_tokens, answer.output_tokens, answer.reasoning_tokens)
        usd = quote.bill_usd(usage)
    elif answer.cost_source == "response":
        usd = answer.cost_usd
    else:
        usd = answer.cost_usd * quote.factor + quote.fee_usd
    return usd if answer.bill_known else usd + held_usd
