"""What should work at the venue, and the steps that make it so: place, replace, cancel, one request at a time."""
