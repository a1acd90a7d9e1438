"""What the regulator asks a shop to supply about a claim, and what the shop answers."""
