"""What a policy earned and another would have: rewards and off-policy estimates from the log."""
