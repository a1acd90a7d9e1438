"""What every page of the staff's stands on: the admin's base, the question before a deed, marks."""
