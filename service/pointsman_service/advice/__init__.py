"""What logs that a team already has tell of its spending, and what other models might save: read, summed up, said."""
