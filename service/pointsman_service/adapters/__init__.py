"""Adapters: what fulfils the ports, in families that do not know each other. `process/wiring.py` chooses them."""
