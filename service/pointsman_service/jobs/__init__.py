"""Scheduled jobs: when they run, what they do, and what came of it. They run in the learner's process."""
