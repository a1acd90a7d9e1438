"""What the demonstration leaves each role to do."""
