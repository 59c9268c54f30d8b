"""What models cost by litellm's map, and what it says of them."""
