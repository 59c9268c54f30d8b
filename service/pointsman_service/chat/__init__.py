"""The OpenAI chat wire format and what a call of it costs: shared by the adapters that call models. No I/O."""
