"""Replays recorded outcomes as a stream through the learner, and measures what it reaches."""
