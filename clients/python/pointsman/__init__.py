"""Client of Pointsman, the self-learning router for large language models."""
