"""A start: first contact with the venue, what the record may have forgotten, adopting a position that it lost."""
