"""The command line around the Breakwater program: simulate it, compare it, judge it."""
