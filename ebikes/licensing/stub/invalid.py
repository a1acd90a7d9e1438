"""The one exception for input that cannot be read."""


class Invalid(ValueError):
    """The message names the field."""
