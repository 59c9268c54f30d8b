"""What a provider charges for a model's tokens, kind by kind, and what a call came to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pointsman_service.domain.chat import Usage

CACHE_WRITE_FACTOR = 2.0
"""Over the price of a prompt token, what a token costs at most that is written to a cache (Anthropic's for an hour)."""


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """Prices in force for one model, dollars per million tokens. source: "configured" or "litellm".

    cached_input: of prompt tokens that the provider had read before; cache_write: of those that it keeps for later;
    reasoning: of what was thought before the answer; audio_input, audio_output: of sound. Each is None where it costs
    what other tokens of the prompt, or of the answer, cost. long: what a call costs whose prompt has more than
    `long_from` tokens.
    """

    input_usd_per_million: float
    output_usd_per_million: float
    source: str
    cached_input_usd_per_million: float | None = None
    cache_write_usd_per_million: float | None = None
    reasoning_usd_per_million: float | None = None
    audio_input_usd_per_million: float | None = None
    audio_output_usd_per_million: float | None = None
    long: ModelPrices | None = None
    long_from: int = 0

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for one call of plain tokens.

        >>> ModelPrices(1.0, 10.0, "configured").cost_usd(1000, 100)
        0.002
        """
        return self.bill_usd(Usage(input_tokens, None, output_tokens))

    def bill_usd(self, usage: Usage) -> float:
        """Dollars for one call by what it used; what is not known of it is none.

        >>> prices = ModelPrices(1.0, 10.0, "configured", cached_input_usd_per_million=0.1)
        >>> prices.bill_usd(Usage(1000, 900, 100))
        0.00119
        """
        prompt, answer = usage.input_tokens or 0, usage.output_tokens or 0
        if self.long is not None and prompt > self.long_from:
            return self.long.bill_usd(usage)
        plain_in, plain_out = self.input_usd_per_million, self.output_usd_per_million
        dollars = prompt * plain_in + answer * plain_out
        for tokens, price, plain, whole in (
            (usage.cached_input_tokens, self.cached_input_usd_per_million, plain_in, prompt),
            (usage.cache_write_tokens, self.cache_write_usd_per_million, plain_in, prompt),
            (usage.audio_input_tokens, self.audio_input_usd_per_million, plain_in, prompt),
            (usage.reasoning_tokens, self.reasoning_usd_per_million, plain_out, answer),
            (usage.audio_output_tokens, self.audio_output_usd_per_million, plain_out, answer),
        ):
            if tokens and price is not None:
                dollars += min(tokens, whole) * (price - plain)
        # Kinds of tokens that overlap (sound that was cached) could be taken off twice.
        return max(0.0, dollars) / 1e6

    def most_usd(self, input_tokens: int, output_tokens: int, *, cached: bool = False) -> float:
        """Dollars that so many tokens cannot exceed, of whatever kind they are.

        cached: the caller asks the provider to keep the prompt, which costs more than reading it.

        >>> ModelPrices(1.0, 10.0, "configured", reasoning_usd_per_million=20.0).most_usd(1000, 100)
        0.003
        """
        each_in = [self.input_usd_per_million, self.audio_input_usd_per_million, self.cached_input_usd_per_million]
        each_in.append(self.cache_write_usd_per_million)
        if cached and self.cache_write_usd_per_million is None:
            each_in.append(self.input_usd_per_million * CACHE_WRITE_FACTOR)
        each_out = (self.output_usd_per_million, self.reasoning_usd_per_million, self.audio_output_usd_per_million)
        dearest_in, dearest_out = _dearest(*each_in), _dearest(*each_out)
        here = (input_tokens * dearest_in + output_tokens * dearest_out) / 1e6
        if self.long is None or input_tokens <= self.long_from:
            return here
        return max(here, self.long.most_usd(input_tokens, output_tokens, cached=cached))

    def at(self, input_usd: float, output_usd: float) -> ModelPrices:
        """The same for another price of plain tokens: the other kinds keep their share of it."""
        of_in = input_usd / self.input_usd_per_million if self.input_usd_per_million else None
        of_out = output_usd / self.output_usd_per_million if self.output_usd_per_million else None
        long = self.long
        if long is not None and of_in is not None and of_out is not None:
            long = long.at(long.input_usd_per_million * of_in, long.output_usd_per_million * of_out)
        return replace(
            self,
            input_usd_per_million=input_usd,
            output_usd_per_million=output_usd,
            source="configured",
            cached_input_usd_per_million=_share(self.cached_input_usd_per_million, of_in),
            cache_write_usd_per_million=_share(self.cache_write_usd_per_million, of_in),
            audio_input_usd_per_million=_share(self.audio_input_usd_per_million, of_in),
            reasoning_usd_per_million=_share(self.reasoning_usd_per_million, of_out),
            audio_output_usd_per_million=_share(self.audio_output_usd_per_million, of_out),
            long=long,
        )


def _dearest(*prices: float | None) -> float:
    return max(price for price in prices if price is not None)


def _share(price: float | None, factor: float | None) -> float | None:
    return None if price is None or factor is None else price * factor
