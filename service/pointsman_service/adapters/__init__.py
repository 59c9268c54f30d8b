"""Adapters: what fulfils the ports. They never import each other; one composition root wires them."""
