"""The demonstration: real recorded outcomes driven through real processes, and what Pointsman made of them."""
