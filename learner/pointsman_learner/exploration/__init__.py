"""Exploration: how likely each choice is drawn, so that what is not the best so far is tried, with exact odds."""
