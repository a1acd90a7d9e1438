"""What the licensing systems answered, kept as it was received."""
