"""What a graph of resources costs, carries and survives: pure functions."""
