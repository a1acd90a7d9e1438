"""The money allotted, in the order of completion."""
