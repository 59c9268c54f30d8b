"""What each kind of evidence teaches the estimates: calls, verdicts, users' words, outcomes known beforehand."""
