"""Plans and what they are worth: calls, judges and stops under limits, budgets and outages."""
