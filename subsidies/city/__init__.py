"""The city's page: districts side by side, in figures; and in which district a bike or vehicle has its claim."""
