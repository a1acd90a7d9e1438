"""The digital-yuan operator: how an order leaves, and how its outcome is found out."""
