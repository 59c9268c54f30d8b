"""The learner of Pointsman: state and decisions, and nothing else.

Everything here is a function of its arguments: no I/O, gRPC, clock, thread or global randomness.
The service performs what this package decides. `types` holds the vocabulary, `events` what is learnt from.
"""
