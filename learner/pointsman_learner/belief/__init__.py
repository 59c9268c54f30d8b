"""What is believed of answers: an item response model of who is right, and the judges that speak of it."""
