"""The shops that sell e-bikes: what each has, what it lacks."""
