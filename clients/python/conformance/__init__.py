"""Plays the vectors that all clients share: `python -m conformance`, with `--asyncio` for the client for asyncio.

The protocol is in tests/contracts/clients/README.md.
"""
