"""What a change does, told for people: the comparison of two resource graphs."""
