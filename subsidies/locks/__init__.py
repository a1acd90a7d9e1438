"""The lock register of a province: which city's claim holds which old bike, new vehicle or person."""
