"""How long the simulator takes."""
